import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { workFolder } from '../../shared/lib/places';
import { type ReverseProxy, reverseProxy } from '../../shared/lib/reverse-proxy';
import { localHttps } from '../../shared/tenant/https/authority';
import { trustingFetch } from '../support/trusting-fetch';

const listen = (handler: http.RequestListener, rest: { port?: number; tls?: Identity } = {}) =>
  listenOnLoopback(handler, { port: 0, party: 'A server', setting: 'none', ...rest });
type Identity = Awaited<ReturnType<typeof localHttps>>;

describe('a reverse proxy', () => {
  const processes: (Listening | undefined)[] = [];
  let serve: http.RequestListener;
  let front: Listening;
  let proxy: ReverseProxy;
  let forwarded: [string | undefined, number][];
  const start = async (i: number, port = 0) => {
    processes[i] = await listen(
      (req, res) => {
        res.setHeader('process', i);
        serve(req, res);
      },
      { port },
    );
  };
  const addresses = () => processes.map((one) => one && `http://127.0.0.1:${one.port}`);

  beforeEach(async () => {
    serve = (_req, res) => res.end();
    forwarded = [];
    for (const i of [0, 1]) await start(i);
    proxy = reverseProxy({
      targets: addresses,
      onForward: ({ url }, index) => forwarded.push([url, index]),
    });
    front = await listen(proxy.handler);
  });
  afterEach(async () => {
    proxy.close();
    await front.close();
    for (const one of processes.splice(0)) await one?.close();
  });

  const url = (path = '/') => `http://localhost:${front.port}${path}`;
  const ask = async (init?: RequestInit, path?: string) => {
    const answer = await fetch(url(path), init);
    const body = await answer.text();
    return answer.status === 200 ? answer.headers.get('process') : `${answer.status} ${body}`;
  };
  const askAll = async (times: number, init?: RequestInit) => {
    const all = [];
    for (let i = 0; i < times; i++) all.push(await ask(init));
    return all;
  };

  it('takes turns between its processes, and says which one has a request', async () => {
    expect(await askAll(4)).to.deep.equal(['0', '1', '0', '1']);
    expect(await askAll(2, { method: 'POST', body: 'x' })).to.deep.equal(['0', '1']);
    await ask({}, '/here?x=1');
    expect(forwarded.at(-1)).to.deep.equal(['/here?x=1', 0]);
  });

  it('sends everything to one of them on demand', async () => {
    proxy.route = 1;
    expect(await askAll(3)).to.deep.equal(['1', '1', '1']);
    await processes[1]?.close();
    expect(await ask()).to.equal('502 The proxy reaches no process of the app.\n');
    proxy.route = 'both';
    expect(await askAll(2)).to.deep.equal(['0', '0']);
  });

  it('goes on to the next one when no connection was made, with the whole body', async () => {
    serve = (req, res) => {
      let length = 0;
      req.on('data', (piece) => {
        length += piece.length;
      });
      req.on('end', () => res.setHeader('length', length).end());
    };
    await processes[0]?.close();
    expect(await askAll(2)).to.deep.equal(['1', '1']);
    for (let i = 0; i < 2; i++) {
      const answer = await fetch(url(), { method: 'POST', body: 'x'.repeat(300_000) });
      expect([answer.status, answer.headers.get('length')]).to.deep.equal([200, '300000']);
    }
    expect(new Set(forwarded.map(([, index]) => index))).to.deep.equal(new Set([1]));
    processes[0] = undefined;
    expect(await askAll(2)).to.deep.equal(['1', '1']);
    await processes[1]?.close();
    expect(await ask({ method: 'POST', body: 'x' })).to.include('502');
  });

  it('does not send a request a second time that a process got and did not answer', async () => {
    let asked = 0;
    serve = (_req, res) => {
      asked += 1;
      res.destroy();
    };
    expect(await ask({ method: 'POST', body: 'x' })).to.include('502');
    expect(await ask()).to.include('502');
    expect(asked).to.equal(2);
  });

  it('finds a process again that started again', async () => {
    const port = processes[0]?.port;
    await processes[0]?.close();
    expect(await askAll(2)).to.deep.equal(['1', '1']);
    await start(0, port);
    expect((await askAll(2)).sort()).to.deep.equal(['0', '1']);
  });

  describe('writes X-Forwarded headers', () => {
    const FORGED = {
      'X-Forwarded-Host': 'evil.example',
      'x-forwarded-proto': 'https',
      'X-FORWARDED-FOR': '192.0.2.1',
    };
    const seen = () =>
      new Promise<http.IncomingHttpHeaders>((resolve) => {
        serve = (req, res) => {
          resolve(req.headers);
          res.end();
        };
      });
    const forwardedOf = ({
      host,
      'x-forwarded-host': as,
      'x-forwarded-proto': proto,
      'x-forwarded-for': client,
    }: http.IncomingHttpHeaders) => ({ host, as, proto, client });

    it('in place of those that the browser wrote, and keeps Host', async () => {
      const headers = seen();
      // Not by fetch, which does not let anybody write Host.
      http.get({
        host: '127.0.0.1',
        port: front.port,
        headers: { ...FORGED, host: 'app.example', 'x-other': '1' },
      });
      const as = 'app.example';
      expect(forwardedOf(await headers)).to.deep.equal({ host: as, as, proto: 'http', client: '127.0.0.1' });
      expect((await headers)['x-other']).to.equal('1');
    });

    it('that say https where the proxy ends https', async () => {
      const folder = path.join(workFolder(), 'reverse-proxy');
      fs.mkdirSync(folder, { recursive: true });
      const tls = await localHttps(folder);
      const secure = await listen(proxy.handler, { tls });
      const headers = seen();
      try {
        await trustingFetch(fs.readFileSync(tls.authorityFile, 'utf8'))(`https://localhost:${secure.port}/`);
      } finally {
        await secure.close();
      }
      const { host, as, proto } = forwardedOf(await headers);
      expect([host, as, proto]).to.deep.equal([
        `localhost:${secure.port}`,
        `localhost:${secure.port}`,
        'https',
      ]);
    });

    it('only where they are missing, as a careless proxy does, on demand', async () => {
      proxy.careless = true;
      const headers = seen();
      http.get({ host: '127.0.0.1', port: front.port, headers: FORGED });
      expect(forwardedOf(await headers)).to.deep.equal({
        host: `127.0.0.1:${front.port}`,
        as: 'evil.example',
        proto: 'https',
        client: '192.0.2.1, 127.0.0.1',
      });
    });
  });
});
