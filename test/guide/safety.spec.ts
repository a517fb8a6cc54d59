import { expect } from 'chai';
import { type Answer, ask as askAt } from '../support/ask';
import { RunningWorkshop } from './guide';

describe('the guide’s doors', function () {
  this.timeout(60_000);
  const workshop = new RunningWorkshop('guide doors');
  before(() => workshop.open());
  after(() => workshop.close());

  const ask = (
    at: string,
    headers: Record<string, string> = {},
    method = 'GET',
    body = '',
  ): Promise<Answer> => askAt(port(), at, { headers, method, body });
  const port = () => new URL(workshop.origin).port;
  const own = () => ({ host: `localhost:${port()}` });

  it('open for its own names only: no other Host comes in', async () => {
    for (const host of [
      `localhost:${port()}`,
      `127.0.0.1:${port()}`,
      `[::1]:${port()}`,
      `LOCALHOST:${port()}`,
    ])
      expect((await ask('/', { host })).status, host).to.equal(200);
    for (const host of [
      'evil.example',
      `evil.example:${port()}`,
      'localhost',
      'localhost:3000',
      `127.0.0.1.evil.example:${port()}`,
      `localhost.:${port()}`,
      '',
    ])
      expect((await ask('/', { host })).status, host).to.be.within(400, 403);
  });

  it('say why to whoever comes by a forwarded address, and how they get in, without a word of what they sent', async () => {
    for (const host of [
      `name-${port()}.app.github.dev`,
      `${port()}-name.ws-eu1.gitpod.io`,
      '192.0.2.1:4000',
    ]) {
      const { status, body } = await ask('/', { host });
      expect(status, host).to.equal(403);
      expect(body).not.to.include(host);
      expect(body).to.include(`http://localhost:${port()}/`).and.include('forward its ports');
      const app = new URL(workshop.app).port;
      for (const one of [port(), app]) expect(body).to.include(`-L ${one}:localhost:${one}`);
    }
  });

  it('remain closed for pages of other sites, and for the learner’s own app', async () => {
    for (const origin of [
      'http://evil.example',
      'null',
      'http://localhost:3000',
      `https://localhost:${port()}`,
      `http://localhost:${port()}.evil.example`,
    ])
      for (const [method, at] of [
        ['POST', '/steps/1/start'],
        ['GET', '/live'],
        ['GET', '/steps/1'],
      ] as const)
        expect(
          (await ask(at, { ...own(), origin }, method)).status,
          `${method} ${at} from ${origin}`,
        ).to.equal(403);
    for (const site of ['cross-site', 'same-site'])
      expect(
        (await ask('/steps/1/start', { ...own(), 'sec-fetch-site': site }, 'POST')).status,
        site,
      ).to.equal(403);
    expect(workshop.learner.bytes()).to.deep.equal({});
  });

  it('give every answer a strict policy, no stack trace, and no word to other origins', async () => {
    for (const at of [
      '/',
      '/steps/2',
      '/nothing',
      '/assets/guide.css',
      '/assets/nothing.css',
      '/%E0%A4%A',
      '/steps/%00',
    ]) {
      const { headers, body, status } = await ask(at, own());
      expect(status, at).to.be.below(500);
      expect(headers['content-security-policy'], at)
        .to.match(/default-src 'none'/)
        .and.match(/script-src 'self';/)
        .and.match(/frame-ancestors 'none'/)
        .and.not.include('unsafe-inline');
      expect(headers, at).to.include({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
      });
      expect(headers, at).to.not.have.any.keys('access-control-allow-origin', 'x-powered-by');
      expect(body, at).to.not.match(/\n\s+at |node_modules/);
    }
    const refused = await ask('/', { host: 'evil.example' });
    expect(refused.body).to.include(`http://localhost:${port()}/`);
  });

  it('give away no file but those made for the page', async () => {
    for (const at of [
      '/.env',
      '/assets/.env',
      '/assets/../main.ts',
      '/assets/..%2fmain.ts',
      '/assets/%2e%2e/main.ts',
      '/assets/..%5cmain.ts',
      '/package.json',
      '/.git/config',
      '/steps/2/files/.env',
      '/steps/2/files/..%2f..%2fpackage.json',
      '/node_modules/express/package.json',
      '/assets/%00',
    ])
      expect((await ask(at, own())).status, at).to.be.within(400, 404);
  });

  it('take no more than a form holds', async () => {
    const { status, body } = await ask(
      '/steps/1/start',
      { ...own(), 'content-type': 'application/x-www-form-urlencoded' },
      'POST',
      `a=${'x'.repeat(200_000)}`,
    );
    expect(status).to.equal(413);
    expect(body).to.not.match(/\n\s+at /);
  });
});
