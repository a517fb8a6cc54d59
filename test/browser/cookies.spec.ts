import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { AT_LOGIN, Browser } from '../../shared/browser';

describe('the cookies of a browser with a clock of its own', () => {
  let server: http.Server;
  let origin: string;
  let lines: string[];
  let cookies: (string | undefined)[];
  /** Milliseconds by which the clock that the browser was given is ahead. */
  let ahead: number;
  let browser: Browser;

  beforeEach(async () => {
    [lines, cookies, ahead] = [[], [], 0];
    server = http.createServer((req, res) => {
      cookies.push(req.headers.cookie);
      if (req.url === '/set') res.setHeader('set-cookie', lines);
      if (req.url === '/login' && req.method === 'GET')
        res.end('<form method="post"><input name="email"><input type="password" name="password"></form>');
      else res.end('here');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    browser = new Browser({ now: () => Date.now() + ahead });
  });
  afterEach(() => {
    browser.close();
    server.closeAllConnections();
    server.close();
  });

  const set = async (...all: string[]) => {
    lines = all;
    await browser.get(`${origin}/set`);
  };

  it('expire while a person is at the login page, and nobody waits', async () => {
    const soon = new Date(Date.now() + 3600).toUTCString();
    await set('short=1; Max-Age=59', 'long=1; Max-Age=61', `expires=1; Expires=${soon}`, 'session=1');
    const begun = performance.now();
    await browser.logIn(await browser.get(`${origin}/login`), { email: 'a', password: 'b' });
    expect(performance.now() - begun).to.be.below(AT_LOGIN / 2);
    expect(cookies.at(-1)).to.equal('long=1; session=1');
    expect(browser.lostCookies.map(({ name }) => name)).to.have.members(['short', 'expires']);
    const short = browser.lostCookies.find(({ name }) => name === 'short');
    expect(short).to.deep.equal({ name: 'short', origin, lifetime: 59_000 });
  });

  it('expire by the clock that the browser was given', async () => {
    await set('hour=1; Max-Age=3600');
    ahead = 3_599_000;
    expect(await browser.cookies(origin)).to.equal('hour=1');
    ahead = 3_601_000;
    expect(await browser.cookies(origin)).to.equal('');
  });

  it('are deleted by a date in the past, which is not a loss', async () => {
    await set('one=1');
    await set('one=; Expires=Thu, 01 Jan 1970 00:00:00 GMT');
    expect(await browser.cookies(origin)).to.equal('');
    expect(browser.lostCookies).to.deep.equal([]);
  });

  it('live 400 days at most', async () => {
    await set('years=1; Max-Age=999999999');
    ahead = 401 * 24 * 3_600_000;
    expect(await browser.cookies(origin)).to.equal('');
  });

  it('without SameSite come along with the POST of another site for two minutes', async () => {
    await set('said=1; SameSite=Lax', 'unsaid=1');
    const from = 'https://elsewhere.example/';
    await browser.post(`${origin}/`, {}, { from });
    expect(cookies.at(-1)).to.equal('unsaid=1');
    browser.takeTime(121_000);
    await browser.post(`${origin}/`, {}, { from });
    expect(cookies.at(-1)).to.equal(undefined);
  });

  for (const [originsAreSites, sent] of [
    [false, 'strict=1'],
    [true, undefined],
  ] as const)
    it(`of another port ${originsAreSites ? 'count as another' : 'belong to the same'} site where ports ${originsAreSites ? 'are' : 'are no'} sites`, async () => {
      browser.close();
      browser = new Browser({ originsAreSites });
      await set('strict=1; SameSite=Strict');
      await browser.get(`${origin}/`, { from: 'http://localhost:1/' });
      expect(cookies.at(-1)).to.equal(sent);
    });

  for (const [line, reason] of [
    ['none=1; SameSite=None', /SameSite=None without Secure/],
    ['__Host-one=1; Secure', /Path=\//],
    ['__Secure-one=1', /not Secure/],
    ['foreign=1; Domain=elsewhere.example', /domain/],
    [`long=${'x'.repeat(4093)}`, /4097 bytes, and 4096/],
    ['control=a\tb', /control character/],
  ] as const)
    it(`that a browser refuses are noted with the reason: ${line.slice(0, 40)}`, async () => {
      await set(line);
      expect(await browser.cookies(origin)).to.equal('');
      expect(browser.lostCookies.map(({ refused }) => refused).join()).to.match(reason);
    });
});
