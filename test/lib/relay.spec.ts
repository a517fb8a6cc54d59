import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { expect } from 'chai';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { RELAYED_HEADERS, type Relay, relay } from '../../shared/lib/relay';
import { until } from '../support/until';

const MISSING = 'nothing runs there';

describe('a relay', () => {
  let target: Listening | undefined;
  let serve: http.RequestListener;
  let front: Listening;
  let forwarding: Relay;
  const startTarget = async (port = 0) => {
    target = await listenOnLoopback((req, res) => serve(req, res), {
      port,
      party: 'The target',
      setting: 'none',
      maxHeaderSize: RELAYED_HEADERS,
    });
  };

  beforeEach(async () => {
    await startTarget();
    forwarding = relay(
      () => target && `http://localhost:${target.port}`,
      (_req, res) => res.writeHead(503).end(MISSING),
    );
    front = await listenOnLoopback(forwarding.handler, {
      port: 0,
      party: 'The relay',
      setting: 'none',
      maxHeaderSize: RELAYED_HEADERS,
    });
  });
  afterEach(async () => {
    forwarding.close();
    await front.close();
    await target?.close();
  });

  /** Sends the bytes, and reads until the server closes the connection. */
  async function exchange(text: string): Promise<string> {
    const socket = net.connect(front.port, '127.0.0.1');
    socket.write(text);
    let answer = '';
    for await (const piece of socket.setEncoding('latin1')) answer += piece;
    return answer;
  }

  it('passes on an answer that comes before the body was read, and works on', async () => {
    const body = 'x'.repeat(2_000_000);
    for (let i = 0; i < 10; i++) {
      serve = (_req, res) => res.writeHead(413).end('too large');
      const answer = await fetch(`http://localhost:${front.port}/`, { method: 'POST', body });
      expect([answer.status, await answer.text()]).to.deep.equal([413, 'too large']);
      serve = (_req, res) => res.end('next');
      const next = await fetch(`http://localhost:${front.port}/`, { signal: AbortSignal.timeout(4000) });
      expect(await next.text()).to.equal('next');
    }
  });

  it('passes on method, path, each header as it was written, and the body', async () => {
    const seen: unknown[] = [];
    serve = (req, res) => {
      let body = '';
      req.setEncoding('utf8').on('data', (piece) => {
        body += piece;
      });
      req.on('end', () => {
        const { method, url, rawHeaders } = req;
        seen.push({ method, url, body, rawHeaders });
        res.end();
      });
    };
    await exchange(
      'PATCH /a%20b?x=1&x=2 HTTP/1.1\r\nHost: api.example\r\naUTHORIZATION: Bearer 1\r\nAuthorization: Bearer 2\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nContent-Length: 3\r\n\r\nabc',
    );
    await exchange(
      'DELETE /chunks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n',
    );
    expect(seen).to.deep.equal([
      {
        method: 'PATCH',
        url: '/a%20b?x=1&x=2',
        body: 'abc',
        rawHeaders: [
          ...['Host', 'api.example', 'aUTHORIZATION', 'Bearer 1', 'Authorization', 'Bearer 2'],
          ...['Content-Length', '3', 'Connection', 'keep-alive'],
        ],
      },
      {
        method: 'DELETE',
        url: '/chunks',
        body: 'def',
        rawHeaders: ['Host', 'x', 'Transfer-Encoding', 'chunked', 'Connection', 'keep-alive'],
      },
    ]);
  });

  it('passes back status, each header as it was written, body and trailers', async () => {
    serve = (_req, res) => {
      res.sendDate = false;
      res.writeHead(418, 'Tea only', [
        ...['WWW-Authenticate', 'Bearer', 'www-authenticate', 'Basic realm="x"', 'Trailer', 'X-Sum'],
      ]);
      res.write('ab');
      res.addTrailers({ 'X-Sum': '7' });
      res.end('c');
    };
    const answer = await exchange('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer.split('\r\n')).to.deep.equal([
      'HTTP/1.1 418 Tea only',
      'WWW-Authenticate: Bearer',
      'www-authenticate: Basic realm="x"',
      'Trailer: X-Sum',
      'Connection: close',
      'Transfer-Encoding: chunked',
      '',
      ...['2', 'ab', '1', 'c', '0', 'X-Sum: 7', '', ''],
    ]);
  });

  it('lets headers of 20 kB through, both ways', async () => {
    const long = 'x'.repeat(20_000);
    serve = (req, res) => res.setHeader('x-long', String(req.headers['x-long'])).end();
    const request = http.get({
      port: front.port,
      headers: { 'x-long': long },
      maxHeaderSize: RELAYED_HEADERS,
    });
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    answer.resume();
    expect(answer.headers['x-long']).to.equal(long);
  });

  it('sends the pieces of long bodies as they come, both ways', async () => {
    serve = (req, res) => void req.pipe(res);
    const request = http.request({ port: front.port, method: 'POST' });
    request.write('first');
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    const [piece] = await once(answer, 'data');
    expect(String(piece)).to.equal('first');
    let length = 0;
    answer.on('data', (more) => {
      length += more.length;
    });
    request.end('x'.repeat(3_000_000));
    await once(answer, 'end');
    expect(length).to.equal(3_000_000);
  });

  it('ends the request to the server when the client gives up, and the answer when the server does', async () => {
    let [asked, closed] = [0, 0];
    serve = (req, res) => {
      asked += 1;
      res.once('close', () => {
        closed += 1;
      });
      if (req.url === '/breaks') res.write('the beginning', () => res.destroy());
    };
    const request = http.get({ port: front.port, path: '/waits' });
    request.on('error', () => {});
    await until(() => asked === 1);
    request.destroy();
    await until(() => closed === 1);

    const [answer] = (await once(http.get({ port: front.port, path: '/breaks' }), 'response')) as [
      http.IncomingMessage,
    ];
    answer.resume();
    const [error] = (await once(answer, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).to.equal('ECONNRESET');
  });

  it('answers in place of a server that does not run, and finds it again when it does', async () => {
    serve = (_req, res) => res.end('here');
    const ask = async (init?: RequestInit) => {
      const answer = await fetch(`http://localhost:${front.port}/`, init);
      return [answer.status, await answer.text()];
    };
    const port = target?.port;
    expect(await ask()).to.deep.equal([200, 'here']);
    await target?.close();
    expect(await ask()).to.deep.equal([503, MISSING]);
    expect(await ask({ method: 'POST', body: 'x'.repeat(100_000) })).to.deep.equal([503, MISSING]);
    await startTarget(port);
    expect(await ask()).to.deep.equal([200, 'here']);
    await target?.close();
    target = undefined;
    expect(await ask()).to.deep.equal([503, MISSING]);
    await startTarget();
    expect(await ask({ method: 'POST', body: 'x' })).to.deep.equal([200, 'here']);
  });
});
