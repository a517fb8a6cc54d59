import { expect } from 'chai';
import { Browser, type Page, text } from '../../shared/browser';
import { type Fault, FaultInjector } from '../../shared/faults/inject';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { type AppInProcess, removeApps, startAppInProcess } from '../support/app-in-process';
import { type FakeTenant, startFakeTenant } from '../support/fake-tenant';

const refusal: Fault = { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };

describe('the app after step 04, where parties disagree', () => {
  let tenant: FakeTenant;
  let api: Listening;
  let app: AppInProcess;
  let browser: Browser;
  /** What the API was asked for last. */
  let accepted: string | undefined;
  const faults = new FaultInjector();
  const realError = console.error;

  before(async () => {
    console.error = () => {};
    tenant = await startFakeTenant();
    const serve = faults.wrap((req, res) => {
      accepted = req.headers.accept;
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ appointments: [] }));
    });
    api = await listenOnLoopback(serve, { port: 0, party: 'The API', setting: 'none' });
    app = await startAppInProcess(4, {
      ISSUER_BASE_URL: tenant.issuer,
      AUDIENCE: 'https://api.example',
      API_URL: `http://localhost:${api.port}`,
    });
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
    browser = new Browser();
  });
  afterEach(() => browser.close());

  const logIn = () => browser.get(`${app.origin}/login?returnTo=/appointments`);
  const appointments = () => browser.get(`${app.origin}/appointments`);
  const addOne = () =>
    browser.post(
      `${app.origin}/appointments`,
      { title: 'Chess', startsAt: '2027-05-01T10:00' },
      { follow: false },
    );
  const logInLink = (page: Page) => /href="(\/login\?[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&');

  it('does not go round in circles when the API refuses every access token', async () => {
    faults.decide = () => refusal;
    const page = await logIn();
    expect(page.status).to.equal(502);
    expect(text(page)).to.include('The API refuses this app');
    expect(page.hops.filter(({ url }) => url.includes('/authorize')).length).to.equal(2);
    faults.clear();
    expect((await appointments()).status).to.equal(200);
    // What was refused once and then accepted leads to a login again.
    let left = 2;
    faults.decide = () => (left-- > 0 ? refusal : undefined);
    const again = await appointments();
    expect(again.status).to.equal(200);
    expect(again.hops.some(({ url }) => url.includes('/authorize'))).to.equal(true);
  });

  describe('says that the user has just logged in only when that is so:', () => {
    const refuseAll = () => {
      faults.decide = () => refusal;
    };
    const toLogin = (page: Page) =>
      expect([page.status, page.headers.location]).to.deep.equal([303, '/login?returnTo=%2Fappointments']);
    const once = (path = '/appointments') => browser.get(app.origin + path, { follow: false });
    /** Begins the login of a redirect and stops before the callback, whose address it returns. */
    const callbackOf = async (page: Page) => {
      const begun = await once(page.headers.location);
      const atTenant = await browser.get(begun.headers.location ?? '', { follow: false });
      return new URL(atTenant.headers.location ?? '');
    };
    /** A user who is logged in, and whose refresh token is refused. */
    const refreshRefused = async () => {
      tenant.expiresIn = 0;
      await browser.get(`${app.origin}/login`);
      tenant.fault = 'invalid_grant';
      const page = await once();
      tenant.fault = undefined;
      return page;
    };

    it('not after a refused refresh, however often the page is loaded before the login', async () => {
      toLogin(await refreshRefused());
      for (let i = 0; i < 3; i++) toLogin(await once());
      tenant.expiresIn = 3600;
      expect((await appointments()).status).to.equal(200);
    });

    it('not after a login that was begun and left, or declined', async () => {
      const url = await callbackOf(await refreshRefused());
      toLogin(await once());
      const declined = new URL(`${app.origin}/callback`);
      for (const [name, value] of Object.entries({
        error: 'access_denied',
        state: url.searchParams.get('state') ?? '',
        iss: tenant.issuer,
      }))
        declined.searchParams.set(name, value);
      expect((await browser.get(declined, { follow: false })).status).to.equal(403);
      toLogin(await once());
      toLogin(await once());
    });

    it('not after a login that failed at the tenant', async () => {
      const url = await callbackOf(await refreshRefused());
      tenant.fault = 'status 500';
      expect((await browser.get(url, { follow: false })).status).to.equal(502);
      tenant.fault = undefined;
      toLogin(await once());
    });

    it('not after a form that the API refused, when the page is loaded', async () => {
      await logIn();
      refuseAll();
      expect((await addOne()).status).to.equal(401);
      toLogin(await once());
    });

    it('but when the new token is refused too, in the tab that logged in and in another one', async () => {
      await logIn();
      refuseAll();
      const [first, second] = [await once(), await once()];
      const callbacks = [await callbackOf(first), await callbackOf(second)];
      toLogin(await once());
      await browser.get(callbacks[0] as URL, { follow: false });
      expect((await once()).status).to.equal(502);
      // Said once; then the user may try again.
      toLogin(await once());
      await browser.get(callbacks[1] as URL, { follow: false });
      expect((await once()).status).to.equal(502);
    });

    it('not any more once the API took a token', async () => {
      await logIn();
      refuseAll();
      await browser.get(await callbackOf(await once()), { follow: false });
      faults.clear();
      expect((await once()).status).to.equal(200);
      refuseAll();
      toLogin(await once());
    });
  });

  it('never redirects a form to the login, on which Chromium would stop without a word', async () => {
    const stranger = await addOne();
    expect(stranger.status).to.equal(401);
    expect(logInLink(stranger)).to.equal('/login?returnTo=%2Fprofile');
    await logIn();
    faults.decide = () => refusal;
    const refused = await addOne();
    expect(refused.status).to.equal(401);
    expect(text(refused)).to.include('Nothing was changed');
    expect(logInLink(refused)).to.equal('/login?returnTo=%2Fappointments');
  });

  it('lets browsers name the origin of its own forms', async () => {
    expect((await browser.get(app.origin)).headers['referrer-policy']).to.equal('same-origin');
  });

  for (const body of ['null', '[]', '{"appointments":[null]}', '{"appointments":[{"id":1}]}']) {
    it(`answers 502 when the API sends ${body}`, async () => {
      await logIn();
      faults.decide = () => ({ status: 200, body });
      expect((await appointments()).status).to.equal(502);
    });
  }

  it('answers 503 when the API cannot be reached, and says that it is the API', async () => {
    await logIn();
    faults.decide = () => 'reset';
    const page = await appointments();
    expect(page.status).to.equal(503);
    expect(text(page)).to.include('The appointments are not available');
  });

  it('asks the API for JSON', async () => {
    await logIn();
    expect(accepted).to.equal('application/json');
  });

  it('does not follow a redirect of the API', async () => {
    await logIn();
    let asked = 0;
    faults.decide = () => {
      asked += 1;
      return { status: 307, headers: { location: '/elsewhere' } };
    };
    expect((await appointments()).status).to.equal(503);
    expect(asked).to.equal(1);
  });

  it('passes on a refusal of the API that is JSON and no object', async () => {
    await logIn();
    faults.decide = () => ({ status: 429, body: 'null' });
    expect((await appointments()).status).to.equal(429);
  });

  const challenges: [string, string | undefined][] = [
    ['read:appointments create:appointments', 'read:appointments create:appointments'],
    ['read:appointments admin', undefined],
    ['', undefined],
  ];
  for (const [scope, offered] of challenges) {
    it(`offers ${offered === undefined ? 'no login' : 'to ask'} when "${scope}" is missing`, async () => {
      await logIn();
      const headers = { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` };
      faults.decide = () => ({ status: 403, headers });
      const page = await appointments();
      expect(page.status).to.equal(403);
      const link = logInLink(page);
      const asked = link === undefined ? undefined : new URL(link, app.origin).searchParams.get('scope');
      expect(asked ?? undefined).to.equal(offered);
    });
  }
});
