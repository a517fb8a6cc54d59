import { once } from 'node:events';
import http from 'node:http';
import { expect } from 'chai';
import session from 'express-session';
import { Browser, forms, type Page, text } from '../../shared/browser';
import { FaultInjector } from '../../shared/faults/inject';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { type AppInProcess, removeApps, startAppInProcess } from '../support/app-in-process';
import { type FakeTenant, type Fault, startFakeTenant } from '../support/fake-tenant';
import { until } from '../support/until';

const APPOINTMENTS = JSON.stringify({
  appointments: [{ id: '1', title: 'Dentist', startsAt: '2027-01-01T10:00:00Z' }],
});

describe('the app after step 04', () => {
  let tenant: FakeTenant;
  let api: Listening;
  let apiTokens: (string | undefined)[];
  let app: AppInProcess;
  let browser: Browser;
  const faults = new FaultInjector();
  const log: string[] = [];
  const realError = console.error;

  before(async () => {
    console.error = (...words: unknown[]) => log.push(words.join(' '));
    tenant = await startFakeTenant();
    api = await listenOnLoopback(
      faults.wrap((req, res) => {
        apiTokens.push(req.headers.authorization);
        res.setHeader('content-type', 'application/json');
        res.end(APPOINTMENTS);
      }),
      { port: 0, party: 'The API', setting: 'none' },
    );
    app = await startAppInProcess(4, settings());
  });
  after(async () => {
    console.error = realError;
    await app?.close();
    await api?.close();
    await tenant?.close();
    removeApps();
  });
  beforeEach(() => {
    tenant.reset();
    faults.clear();
    apiTokens = [];
    log.length = 0;
    browser = new Browser();
  });
  afterEach(() => browser.close());

  const settings = () => ({
    ISSUER_BASE_URL: tenant.issuer,
    AUDIENCE: 'https://api.example',
    API_URL: `http://localhost:${api.port}`,
  });
  const logIn = (who = browser, returnTo = '/profile') =>
    who.get(`${app.origin}/login?${new URLSearchParams({ returnTo })}`);
  const profile = (who = browser) => who.get(`${app.origin}/profile`, { follow: false });
  const appointments = (who = browser) => who.get(`${app.origin}/appointments`, { follow: false });
  const refreshes = () =>
    tenant.tokenRequests.filter((form) => form.get('grant_type') === 'refresh_token').length;
  const isOwnPage = (page: Page) =>
    /Day Planner/.test(page.body) && !/\bat .*\.[tj]s:\d/.test(page.body) && !/node_modules/.test(page.body);
  /** Begins a login and stops before the callback, whose address it returns. */
  async function callback(who: Browser): Promise<URL> {
    const begun = await who.get(`${app.origin}/login`, { follow: false });
    const atTenant = await who.get(begun.headers.location ?? '', { follow: false });
    return new URL(atTenant.headers.location ?? '');
  }

  describe('login', () => {
    it('lets a doubled callback redeem the code once, and both answers lead home', async () => {
      tenant.delay = 100;
      const url = await callback(browser);
      const [first, second] = await Promise.all([
        browser.get(url, { follow: false }),
        browser.get(url, { follow: false }),
      ]);
      expect([first.headers.location, second.headers.location]).to.deep.equal(['/profile', '/profile']);
      expect(tenant.tokenRequests.length).to.equal(1);
      expect((await profile()).status).to.equal(200);
    });

    it('leads home when the callback is loaded again', async () => {
      const url = await callback(browser);
      await browser.get(url);
      expect((await browser.get(url)).url.pathname).to.equal('/profile');
      expect(tenant.tokenRequests.length).to.equal(1);
    });

    it('works in two tabs, the first finished first or last', async () => {
      const [one, two] = [await callback(browser), await callback(browser)];
      expect((await browser.get(two)).status).to.equal(200);
      expect((await browser.get(one)).status).to.equal(200);
      expect((await profile()).status).to.equal(200);
      // The second login is finished as well: the first one did not end it.
      expect(tenant.tokenRequests.length).to.equal(2);
    });

    it('takes its own address from its settings, also where a proxy sends another Host', async () => {
      const url = await callback(browser);
      const headers = { host: 'app.internal:8080' };
      expect((await browser.get(url, { follow: false, headers })).headers.location).to.equal('/profile');
      expect(tenant.tokenRequests[0]?.get('redirect_uri')).to.equal(`${app.origin}/callback`);
    });

    it('keeps at most ten open logins of a browser', async () => {
      const oldest = await callback(browser);
      for (let i = 0; i < 10; i++) await callback(browser);
      const page = await browser.get(oldest);
      expect(page.status).to.equal(400);
      expect(text(page)).to.include('no longer open');
    });

    it('has saved the session before the browser is sent on, however slow the store', async () => {
      class SlowStore extends session.MemoryStore {
        override set = (sid: string, data: session.SessionData, done?: (error?: unknown) => void) => {
          setTimeout(() => super.set(sid, data, done), 150);
        };
      }
      const slow = await startAppInProcess(4, settings(), { store: new SlowStore() });
      try {
        const page = await browser.get(`${slow.origin}/login`);
        expect(page.url.href).to.equal(`${slow.origin}/profile`);
        expect(page.status).to.equal(200);
      } finally {
        await slow.close();
      }
    });

    it('refuses a code of another login with the state of this one', async () => {
      const victim = await callback(browser);
      const attacker = await callback(new Browser());
      attacker.searchParams.set('state', victim.searchParams.get('state') ?? '');
      expect((await browser.get(attacker)).status).to.equal(502);
      expect((await profile()).status).to.equal(303);
    });

    it('refuses an answer of another issuer', async () => {
      const url = await callback(browser);
      url.searchParams.set('iss', 'https://evil.example/');
      expect((await browser.get(url)).status).to.equal(502);
    });

    const wrongIdTokens: [string, () => void][] = [
      ['with a signature of another key', () => Object.assign(tenant, { forgeSignature: true })],
      [
        'of another nonce',
        () => Object.assign(tenant, { idToken: (c: object) => ({ ...c, nonce: 'other' }) }),
      ],
      [
        'of another issuer',
        () => Object.assign(tenant, { idToken: (c: object) => ({ ...c, iss: 'https://evil.example/' }) }),
      ],
      [
        'for another application',
        () => Object.assign(tenant, { idToken: (c: object) => ({ ...c, aud: 'other' }) }),
      ],
      ['that expired', () => Object.assign(tenant, { idToken: (c: object) => ({ ...c, exp: 1 }) })],
      ['that is missing', () => Object.assign(tenant, { idToken: () => undefined })],
    ];
    for (const [name, make] of wrongIdTokens) {
      it(`refuses an ID token ${name}`, async () => {
        make();
        const page = await logIn();
        expect(page.status).to.equal(502);
        expect(isOwnPage(page)).to.equal(true);
        expect((await profile()).status).to.equal(303);
      });
    }

    it('works with a provider whose aud is an array and whose answer has more in it', async () => {
      tenant.idToken = (claims) => ({ ...claims, aud: ['app'] });
      tenant.answer = (body) => ({ ...body, ext_expires_in: 3600, 'not-before-policy': 0 });
      expect((await logIn()).status).to.equal(200);
    });

    it('sends its secret in the body, or with CLIENT_AUTH=basic in the header', async () => {
      await logIn();
      expect(tenant.tokenRequests[0]?.get('client_secret')).to.equal('appSecret0');
      const basic = await startAppInProcess(4, { ...settings(), CLIENT_AUTH: 'basic' });
      try {
        expect((await browser.get(`${basic.origin}/login`)).status).to.equal(200);
        expect(tenant.authorizations[1]).to.equal(
          `Basic ${Buffer.from('app:appSecret0').toString('base64')}`,
        );
        expect(tenant.tokenRequests[1]?.has('client_secret')).to.equal(false);
      } finally {
        await basic.close();
      }
    });

    const faults: [Exclude<Fault, undefined>, number][] = [
      ['status 500', 502],
      ['html', 502],
      ['reset', 503],
      ['hang', 503],
      ['empty error', 502],
      ['invalid_grant', 400],
    ];
    for (const [fault, status] of faults) {
      it(`answers ${status} within five seconds when the tenant's answer is: ${fault}`, async () => {
        tenant.fault = fault;
        const started = Date.now();
        const page = await logIn();
        expect(page.status).to.equal(status);
        expect(isOwnPage(page)).to.equal(true);
        expect(Date.now() - started).to.be.below(5000);
        tenant.fault = undefined;
        expect((await logIn()).status).to.equal(200);
      });
    }

    it('starts while the tenant is down, and logs in as soon as it is up', async () => {
      tenant.down = true;
      const fresh = await startAppInProcess(4, settings());
      try {
        const page = await browser.get(`${fresh.origin}/login`);
        expect(page.status).to.equal(503);
        expect(isOwnPage(page)).to.equal(true);
        expect((await browser.get(`${fresh.origin}/`)).status).to.equal(200);
        tenant.down = false;
        expect((await browser.get(`${fresh.origin}/login`)).status).to.equal(200);
      } finally {
        await fresh.close();
      }
    });
  });

  describe('session', () => {
    it('gets a new identifier at the login', async () => {
      const url = await callback(browser);
      const planted = await browser.cookies(app.origin);
      await browser.get(url);
      const other = await new Browser().get(`${app.origin}/profile`, {
        follow: false,
        headers: { cookie: planted },
      });
      expect(other.status).to.equal(303);
    });

    it('has a cookie that scripts and other sites cannot use, and keeps private pages out of caches', async () => {
      const begun = await browser.get(`${app.origin}/login`, { follow: false });
      expect(begun.headers['set-cookie']?.[0])
        .to.match(/^app\.sid=.*HttpOnly/i)
        .and.match(/SameSite=Lax/i);
      await logIn();
      expect((await profile()).headers['cache-control']).to.equal('no-store');
    });

    it('answers 401 as JSON to a program without a session', async () => {
      const page = await browser.get(`${app.origin}/appointments`, {
        follow: false,
        headers: { accept: 'application/json' },
      });
      expect(page.status).to.equal(401);
      expect(JSON.parse(page.body)).to.have.property('error');
    });

    it('ends for good: neither the old cookie nor a slow request in flight brings it back', async () => {
      await logIn();
      const cookie = await browser.cookies(app.origin);
      // In flight at the logout: /login writes to the session after the tenant's slow answer.
      faults.decide = () => 'hang';
      const slow = browser.get(`${app.origin}/appointments`, { follow: false });
      await until(() => faults.waiting > 0);
      const page = await browser.get(`${app.origin}/logout`);
      const [form] = forms(page);
      if (!form) throw new Error('no form');
      await browser.submit(page, form);
      faults.clear();
      await slow.catch(() => undefined);
      const replay = (path: string) =>
        new Browser().get(app.origin + path, { follow: false, headers: { cookie } });
      expect((await replay('/profile')).headers.location).to.match(/^\/login/);
      expect((await replay('/appointments')).headers.location).to.match(/^\/login/);
    });

    it('is not ended by a GET, nor by another site', async () => {
      await logIn();
      await browser.get(`${app.origin}/logout`);
      const crossSite = await browser.post(
        `${app.origin}/logout`,
        {},
        { from: 'https://elsewhere.example/' },
      );
      expect(crossSite.status).to.equal(403);
      expect((await profile()).status).to.equal(200);
    });
  });

  describe('refresh', () => {
    /** Logs in with an access token that has expired by the time this returns. */
    async function expired(): Promise<void> {
      tenant.expiresIn = 1;
      await logIn();
      tenant.expiresIn = 3600;
      const over = Date.now() + 1000;
      await until(() => Date.now() >= over);
    }

    it('happens once for fifty parallel requests, all of which are answered, and one slow one in flight', async () => {
      await expired();
      tenant.delay = 100;
      let held = false;
      faults.decide = () => {
        if (held) return undefined;
        held = true;
        return 'hang';
      };
      const slow = appointments().catch(() => undefined);
      await until(() => faults.waiting > 0);
      const pages = await Promise.all(Array.from({ length: 50 }, () => appointments()));
      expect(pages.filter(({ status }) => status !== 200)).to.deep.equal([]);
      expect(refreshes()).to.equal(1);
      faults.clear();
      await slow;
      expect((await appointments()).status).to.equal(200);
      expect(refreshes()).to.equal(1);
      expect(new Set(apiTokens).size).to.equal(1);
    });

    it('happens on 401, once, and the call is made again', async () => {
      await logIn();
      let refused = false;
      faults.decide = () => {
        if (refused) return undefined;
        refused = true;
        return { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
      };
      expect((await appointments()).status).to.equal(200);
      expect(refreshes()).to.equal(1);
    });

    it('that is refused ends in a login which returns to the page', async () => {
      await expired();
      tenant.fault = 'invalid_grant';
      const page = await appointments();
      expect(page.headers.location).to.equal('/login?returnTo=%2Fappointments');
      tenant.fault = undefined;
      expect((await browser.get(app.origin + page.headers.location)).url.pathname).to.equal('/appointments');
    });

    it('for another sub is refused', async () => {
      await expired();
      tenant.idToken = (claims) => ({ ...claims, sub: 'user|2' });
      expect((await appointments()).status).to.equal(502);
      expect(apiTokens).to.deep.equal([]);
    });

    it('needs no ID token, and keeps the refresh token where none comes back', async () => {
      await expired();
      tenant.idToken = () => undefined;
      tenant.answer = ({ refresh_token: _, ...body }) => body;
      expect((await appointments()).status).to.equal(200);
    });

    for (const fault of ['status 500', 'html', 'reset', 'hang', 'empty error'] as const) {
      it(`loses nothing when the tenant's answer is: ${fault}`, async () => {
        await expired();
        tenant.fault = fault;
        const started = Date.now();
        const page = await appointments();
        expect(page.status).to.be.oneOf([502, 503]);
        expect(isOwnPage(page)).to.equal(true);
        expect(Date.now() - started).to.be.below(5000);
        expect((await profile()).status).to.equal(200);
        tenant.fault = undefined;
        tenant.answer = (body) => body;
        // A request that was lost on its way can be made again: nothing was used up.
        if (fault !== 'hang') expect((await appointments()).status).to.equal(200);
      });
    }
  });

  for (const method of ['GET', 'OPTIONS'])
    it(`refuses "${method} *", which is no page and has no session`, async () => {
      const asked = http.request({ port: new URL(app.origin).port, method, path: '*' }).end();
      const [answer] = (await once(asked, 'response')) as [http.IncomingMessage];
      answer.resume();
      expect(answer.statusCode).to.equal(400);
      expect(log).to.deep.equal([]);
    });

  it('says why it cannot call an API without AUDIENCE', async () => {
    const { AUDIENCE: _, ...without } = settings();
    const opaque = await startAppInProcess(4, without);
    try {
      await browser.get(`${opaque.origin}/login`);
      expect((await browser.get(`${opaque.origin}/profile`)).status).to.equal(200);
      expect(text(await browser.get(`${opaque.origin}/appointments`))).to.include('opaque');
    } finally {
      await opaque.close();
    }
  });

  it('writes no token to its log', async () => {
    await logIn();
    tenant.fault = 'status 500';
    await logIn();
    faults.decide = () => 'reset';
    await appointments();
    expect(log.length).to.be.greaterThan(0);
    expect(log.join('\n')).not.to.match(/secret-access-token|eyJ|appSecret0|code=/);
  });

  it('names every setting that is missing or malformed, at once', () =>
    startAppInProcess(4, {
      ISSUER_BASE_URL: 'http://evil.example',
      CLIENT_ID: '',
      SESSION_SECRET: 'short',
    }).then(
      () => expect.fail('it started'),
      (error: Error) => {
        for (const name of ['ISSUER_BASE_URL', 'CLIENT_ID', 'SESSION_SECRET'])
          expect(error.message).to.include(name);
      },
    ));
});
