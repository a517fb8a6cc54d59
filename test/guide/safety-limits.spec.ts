import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Hub } from '../../shared/guide/hub';
import type { RunningGuide } from '../../shared/guide/index';
import { startBareGuide } from './in-process';

const ASSETS = path.join(__dirname, '../../shared/guide/assets');

describe('the guide’s limits', () => {
  let guide: RunningGuide;
  let port: number;
  const hub = new Hub();
  // A link that leads out, there before the guide starts.
  const link = `link-${process.pid}.css`;
  before(async () => {
    fs.symlinkSync(path.join(__dirname, '../../package.json'), path.join(ASSETS, link));
    guide = await startBareGuide({
      hub,
      places: { issuer: 'http://localhost:9/', api: 'http://localhost:4002' },
    });
    port = Number(new URL(guide.origin).port);
  });
  after(async () => {
    fs.rmSync(path.join(ASSETS, link));
    await guide?.close();
  });

  it('end an answer that has no body: HEAD /live', async () => {
    const answer = await fetch(`${guide.origin}/live`, { method: 'HEAD' });
    expect(answer.headers.get('content-type')).to.equal('text/event-stream');
    expect(hub.pages).to.equal(0);
  });

  /** Sends bytes and reads until the guide closes the connection. */
  async function raw(text: string): Promise<string> {
    const socket = net.connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (piece) => {
      answer += piece;
    });
    socket.on('error', () => {});
    socket.write(text);
    // A guide that never answers is reported as such, not as a test that took too long.
    socket.setTimeout(10_000, () => socket.destroy());
    await once(socket, 'close');
    return answer;
  }
  const ask = (line: string, ...headers: string[]) =>
    raw(
      `${[`${line} HTTP/1.1`, `Host: localhost:${port}`, 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`,
    );
  const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);

  it('lie at this machine: no other of its addresses answers', async () => {
    const others = Object.values(os.networkInterfaces())
      .flatMap((all) => all ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    // A machine without a network has on Linux at least this one, at which only who listens everywhere would answer.
    const addresses = others.length > 0 ? others.map(({ address }) => address) : ['127.0.0.2'];
    for (const address of addresses) {
      const socket = net.connect(port, address);
      const outcome = await Promise.race([
        once(socket, 'connect').then(() => 'connected'),
        new Promise((resolve) => socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))),
      ]);
      socket.destroy();
      expect(outcome, address).to.equal('ECONNREFUSED');
    }
  });

  it('take no address with a host of its own, and no second Host', async () => {
    expect(statusOf(await ask('GET http://evil.example/'))).to.equal(403);
    expect(statusOf(await ask(`GET http://localhost:${port}/`))).to.equal(403);
    expect(statusOf(await ask('OPTIONS *'))).to.equal(400);
    expect(statusOf(await ask('GET /', 'Host: evil.example'))).to.be.within(400, 403);
    expect(statusOf(await raw('GET / HTTP/1.1\r\nConnection: close\r\n\r\n'))).to.equal(400);
    expect(statusOf(await raw('GET / HTTP/1.0\r\n\r\n'))).to.equal(403);
  });

  it('take forms and nothing else, at each button, and say so', async () => {
    const buttons = ['/tokens', '/faults/none', '/faults/api', '/faults/keys/rotate', '/nothing'].concat(
      ['check', 'start', 'start-fresh', 'reset', 'catch-up', 'next', 'undo', 'tasks/2.1/hint'].map(
        (one) => `/steps/02/${one}`,
      ),
    );
    const bodies = [
      ['Content-Type: application/json', '{}'],
      ['Content-Type: application/json', '['.repeat(60_000)],
      ['Content-Type: text/plain', 'token=x'],
      ['Content-Type: multipart/form-data; boundary=x', '--x--'],
      ['X: no type', 'token=x'],
      ['Content-Type: application/x-www-form-urlencoded; charset=utf-32', 'token=x'],
    ];
    for (const at of buttons)
      for (const [type = '', body = ''] of bodies) {
        const answer = await ask(`POST ${at}`, type, `Content-Length: ${body.length}\r\n\r\n${body}`);
        expect(statusOf(answer), `${at} ${type}`).to.equal(415);
        expect(answer).to.include('The guide accepts forms only in UTF-8');
      }
    expect(statusOf(await ask('POST /tokens', 'Content-Length: 0'))).to.equal(422);
    expect(statusOf(await ask('POST /tokens'))).to.equal(422);
  });

  it('let pages of other sites neither read nor load anything; a link to the guide may be followed', async () => {
    for (const site of ['cross-site', 'same-site'])
      for (const [at, mode, dest] of [
        ['/live', 'cors', 'empty'],
        ['/', 'no-cors', 'empty'],
        ['/assets/live.js', 'no-cors', 'script'],
        ['/', 'navigate', 'iframe'],
      ])
        expect(
          statusOf(
            await ask(
              `GET ${at}`,
              `Sec-Fetch-Site: ${site}`,
              `Sec-Fetch-Mode: ${mode}`,
              `Sec-Fetch-Dest: ${dest}`,
            ),
          ),
          `${at} ${dest} from ${site}`,
        ).to.equal(403);
    const link = ['Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'];
    expect(statusOf(await ask('GET /', ...link))).to.equal(200);
    expect(statusOf(await ask('POST /tokens', ...link, 'Content-Length: 0'))).to.equal(403);
  });

  it('put the strict policy on each answer, be it 403, 404, 413 or 431', async () => {
    const answers = [
      await ask('GET /', 'Origin: null'),
      await ask('GET /nothing'),
      await ask('GET /assets/guide.css'),
      await ask('GET /tokens'),
      await ask('GET /%E0%A4%A'),
      await ask('GET /wire/%E0%A4%A'),
      await ask(
        'POST /tokens',
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`,
      ),
      await ask(
        'POST /tokens',
        'Content-Type: application/x-www-form-urlencoded; charset=x',
        'Content-Length: 0',
      ),
    ];
    expect(answers.map(statusOf).slice(0, 7)).to.deep.equal([403, 404, 200, 200, 404, 400, 413]);
    for (const answer of answers) {
      expect(answer).to.match(/content-security-policy: default-src 'none'/i);
      expect(answer).to.match(/x-content-type-options: nosniff/i);
      expect(answer).to.match(/cross-origin-resource-policy: same-origin/i);
      expect(answer).to.not.match(/access-control-|x-powered-by|\n\s+at |Error:/i);
    }
    expect(answers[5]).to.include('malformed');
    expect(answers[6]).to.include('The limit is 100 kB');
    // Node.js itself refuses this, with a status and nothing else.
    expect(await ask('GET /', `X-Long: ${'x'.repeat(20_000)}`)).to.match(
      /^HTTP\/1\.1 431 [^\r\n]*\r\nConnection: close\r\n\r\n$/,
    );
  });

  it('know no other methods, and no way out of the assets', async () => {
    for (const line of [
      'PUT /tokens',
      'DELETE /tenant',
      'PATCH /',
      'TRACE /',
      'POST /live',
      'POST /assets/guide.css',
    ])
      expect(statusOf(await ask(line, 'Content-Length: 0')), line).to.be.oneOf([404, 405]);
    for (const at of [
      link,
      '../index.ts',
      '..%2findex.ts',
      '%2e%2e/index.ts',
      '%2e%2e%2findex.ts',
      '..%5cindex.ts',
      '%252e%252e%252findex.ts',
      'guide.css%00',
      'guide.css/',
      '.env',
      '',
    ])
      expect(statusOf(await ask(`GET /assets/${at}`)), at).to.be.within(at === 'guide.css/' ? 200 : 400, 404);
  });

  it('let fifty pages listen, not one more, and take a new one when one leaves', async () => {
    const leave = new AbortController();
    const one = new AbortController();
    try {
      const open = (controller: AbortController) =>
        fetch(`${guide.origin}/live`, { signal: controller.signal });
      const all = await Promise.all(Array.from({ length: 50 }, (_, i) => open(i === 0 ? one : leave)));
      expect(all.map(({ status }) => status)).to.deep.equal(Array(50).fill(200));
      const refused = await open(leave);
      expect(refused.status).to.equal(503);
      expect(await refused.text()).to.include('Close some');
      expect(hub.pages).to.equal(50);
      one.abort();
      while (hub.pages === 50) await new Promise(setImmediate);
      expect((await open(leave)).status).to.equal(200);
    } finally {
      leave.abort();
    }
    while (hub.pages > 0) await new Promise(setImmediate);
  });

  it('let no page that does not read fill the memory', async () => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write(`GET /live HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    while (hub.pages === 0) await new Promise(setImmediate);
    const text = 'x'.repeat(2 ** 20);
    let sent = 0;
    while (hub.pages > 0) {
      hub.publish('log', { of: 'app', text });
      expect(++sent, 'MB sent to a page that does not read').to.be.below(64);
      await new Promise(setImmediate);
    }
    socket.destroy();
  });
});
