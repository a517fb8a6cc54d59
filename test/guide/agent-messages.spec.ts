import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect } from 'chai';
import { type AppProcess, startApp } from '../../shared/app-runner/start-app';
import { type Message, Recorder } from '../../shared/recorder';
import { listenToApp } from '../../shared/recorder/from-app';
import { workFolder } from '../../shared/steps/layers';

const SERVER = `
import http from 'node:http';
const tenant = process.env.ISSUER_BASE_URL ?? '';
http.createServer(async (req, res) => {
  if (req.url === '/die') process.exit(1);
  if (req.url === '/env') return res.end(JSON.stringify(process.env.WORKSHOP_WIRE ?? null));
  if (req.url === '/large') return res.end('x'.repeat(100_000));
  if (req.url === '/fetch') {
    const body = new URLSearchParams({ grant_type: 'refresh_token' });
    const answer = await fetch(tenant + '/oauth/token', { method: 'POST', body });
    const streamed = new ReadableStream({ start(to) { to.enqueue(new TextEncoder().encode('streamed')); to.close(); } });
    await fetch(tenant + '/oauth/revoke', { method: 'POST', body: streamed, duplex: 'half' } as RequestInit).then((one) => one.text());
    return res.end(await answer.text());
  }
  if (req.url === '/request') {
    const request = http.request(tenant + '/userinfo?x=1', { method: 'POST' }, (answer) => answer.pipe(res));
    request.write('first ');
    return void request.end('second');
  }
  res.setHeader('set-cookie', ['a=1', 'b=2']);
  let text = '';
  for await (const piece of req) text += piece;
  res.end('you said ' + text);
}).listen(Number(process.env.PORT));
`;

describe('what an app’s process reports of its messages', function () {
  this.timeout(30_000);
  const folder = path.join(workFolder(), `test-wire-${process.pid}`);
  const recorder = new Recorder();
  let app: AppProcess;
  let tenant: http.Server;
  let issuer: string;
  let asked = '';
  before(async () => {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, 'server.ts'), SERVER);
    tenant = http.createServer(async (req, res) => {
      asked = '';
      for await (const piece of req) asked += piece;
      res.setHeader('content-type', 'application/json').end('{"ok":true}');
    });
    tenant.listen(0, '127.0.0.1');
    await once(tenant, 'listening');
    issuer = `http://localhost:${(tenant.address() as AddressInfo).port}`;
    app = await startApp(folder, {
      env: { ISSUER_BASE_URL: issuer, WORKSHOP_WIRE: JSON.stringify({ [issuer]: 'tenant' }) },
    });
    listenToApp(app.child, {
      add: (message) => recorder.add(message),
      answer: (message, answer) => recorder.answer(message, answer),
    });
  });
  after(async () => {
    await app?.close();
    tenant.closeAllConnections();
    tenant.close();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const answered = async (pathname: string): Promise<Message> => {
    for (;;) {
      const found = recorder.messages.find(({ url, status }) => url.pathname === pathname && status > 0);
      if (found) return found;
      await once(app.child, 'message', { signal: AbortSignal.timeout(5000) });
    }
  };

  it('each request and its answer, headers and bodies, without the app’s knowing', async () => {
    const answer = await fetch(`${app.origin}/hello?x=1`, { method: 'POST', body: 'good day' });
    expect(await answer.text()).to.equal('you said good day');
    const message = await answered('/hello');
    expect(message).to.deep.include({ from: 'browser', to: 'app', method: 'POST', status: 200 });
    expect(message.url.href).to.equal(`${app.origin}/hello?x=1`);
    expect([message.requestBody, message.responseBody]).to.deep.equal(['good day', 'you said good day']);
    expect(message.requestHeaders['user-agent']).to.be.a('string');
    expect(message.responseHeaders['set-cookie']).to.deep.equal(['a=1', 'b=2']);
    expect(await (await fetch(`${app.origin}/env`)).text()).to.equal('null');
    expect(app.events.some((words) => 'wire' in words)).to.equal(false);
  });

  it('a body no further than 64 KB; of style sheets and icons nothing', async () => {
    const large = await (await fetch(`${app.origin}/large`)).text();
    expect(large).to.have.length(100_000);
    expect((await answered('/large')).responseBody).to.have.length(64 * 1024);
    const { port } = new URL(app.origin);
    const icon = http.get({ port, path: '/icon.svg', headers: { 'sec-fetch-mode': 'no-cors' } });
    const [answer] = (await once(icon, 'response')) as [http.IncomingMessage];
    answer.resume();
    await (await fetch(`${app.origin}/after-icon`)).text();
    await answered('/after-icon');
    expect(recorder.messages.map(({ url }) => url.pathname)).to.not.include('/icon.svg');
  });

  it('what it asks a tenant elsewhere, by fetch and by http, and a stream that it sends arrives whole', async () => {
    expect(await (await fetch(`${app.origin}/fetch`)).text()).to.equal('{"ok":true}');
    expect(asked).to.equal('streamed');
    expect(await answered('/oauth/token')).to.deep.include({
      from: 'app',
      to: 'tenant',
      requestBody: 'grant_type=refresh_token',
      responseBody: '{"ok":true}',
    });
    await answered('/oauth/revoke');
    expect(await (await fetch(`${app.origin}/request`)).text()).to.equal('{"ok":true}');
    expect(asked).to.equal('first second');
    const userinfo = await answered('/userinfo');
    expect(userinfo.url.href).to.equal(`${issuer}/userinfo?x=1`);
    expect([userinfo.requestBody, userinfo.responseBody]).to.deep.equal(['first second', '{"ok":true}']);
    const order = recorder.messages.map(({ url }) => url.pathname);
    expect(order.indexOf('/fetch')).to.be.lessThan(order.indexOf('/oauth/token'));
  });

  it('no answer where it died of the request', async () => {
    await fetch(`${app.origin}/die`).catch(() => {});
    await app.exited;
    expect(recorder.messages.find(({ url }) => url.pathname === '/die')?.status).to.equal(0);
  });
});
