import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Browser } from '../../shared/browser';

describe('a connection that the browser uses again', () => {
  let server: http.Server;
  let browser: Browser;
  let origin: string;
  /** Whether the server closes the connection instead of an answer, by the number of the request. */
  let closes: (count: number) => boolean;
  let requests: string[];

  beforeEach(async () => {
    requests = [];
    server = http.createServer((req, res) => {
      requests.push(`${req.method} ${req.url}`);
      if (closes(requests.length)) req.socket.destroy();
      else res.end('here');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = new Browser();
  });
  afterEach(() => {
    browser.close();
    server.closeAllConnections();
    server.close();
  });

  for (const method of ['GET', 'POST'])
    it(`and the server has closed: ${method} is sent again on a new one`, async () => {
      closes = (count) => count === 2;
      await browser.get(origin);
      const page = await (method === 'GET' ? browser.get(origin) : browser.post(origin, { a: '1' }));
      expect(page.body).to.equal('here');
      expect(requests).to.deep.equal(['GET /', `${method} /`, `${method} /`]);
    });

  it('is not the reason when a new one is closed as well: the error reaches the caller', async () => {
    closes = (count) => count >= 2;
    await browser.get(origin);
    const error = await browser.get(origin).then(
      () => undefined,
      (reason: NodeJS.ErrnoException) => reason.code,
    );
    expect(error).to.equal('ECONNRESET');
    expect(requests).to.have.length(3);
  });

  it('that is new and closed: the request is sent once', async () => {
    closes = () => true;
    await browser.get(origin).catch(() => {});
    expect(requests).to.have.length(1);
  });
});
