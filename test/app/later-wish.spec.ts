import { expect } from 'chai';
import session from 'express-session';
import { Browser, type Page, text } from '../../shared/browser';
import { FaultInjector } from '../../shared/faults/inject';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { type AppInProcess, removeApps, startAppInProcess } from '../support/app-in-process';
import { type FakeTenant, startFakeTenant } from '../support/fake-tenant';
import { until } from '../support/until';

/** A session store in which each write waits until a test lets it go. */
class HeldStore extends session.MemoryStore {
  waiting: (() => void)[] = [];
  held = false;
  override set = (sid: string, data: session.SessionData, done?: (error?: unknown) => void) => {
    const write = () => super.set(sid, data, done);
    if (this.held) this.waiting.push(write);
    else write();
  };
  release(): void {
    this.held = false;
    for (const write of this.waiting.splice(0)) write();
  }
}

for (const step of [2, 3, 4, 5])
  describe(`of what a user of the app of step 0${step} wants, the later counts`, () => {
    let tenant: FakeTenant;
    let api: Listening;
    let app: AppInProcess;
    let store: HeldStore;
    let browser: Browser;
    const faults = new FaultInjector();
    /** Whether the API refuses every access token. */
    let refuses = false;
    const realError = console.error;

    before(async () => {
      console.error = () => {};
      tenant = await startFakeTenant();
      const serve = faults.wrap((_req, res) => {
        if (refuses)
          return void res.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
        res.setHeader('content-type', 'application/json');
        res.end('{"appointments":[]}');
      });
      api = await listenOnLoopback(serve, { port: 0, party: 'The API', setting: 'none' });
      const env = {
        ISSUER_BASE_URL: tenant.issuer,
        AUDIENCE: 'https://api.example',
        API_URL: `http://localhost:${api.port}`,
      };
      store = new HeldStore();
      app = await startAppInProcess(step, env, { store });
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
      refuses = false;
      browser = new Browser();
    });
    afterEach(() => {
      store.release();
      browser.close();
    });

    const get = (path: string, who = browser) => who.get(app.origin + path, { follow: false });
    const logIn = () => browser.get(`${app.origin}/login?returnTo=/profile`);
    const logOut = () => browser.post(`${app.origin}/logout`, {}, { follow: false });
    const isLoggedIn = async (who = browser) => (await get('/profile', who)).status === 200;
    /** A browser with just these cookies: as somebody has it who copied them. */
    const isGood = async (cookie: string) => {
      const copy = new Browser();
      const { status } = await copy.get(`${app.origin}/profile`, { follow: false, headers: { cookie } });
      copy.close();
      return status === 200;
    };
    /** Begins a login and stops before the callback, whose address it returns. */
    async function callback(): Promise<URL> {
      const begun = await get('/login');
      const atTenant = await browser.get(begun.headers.location ?? '', { follow: false });
      return new URL(atTenant.headers.location ?? '');
    }
    /** Sends a callback and returns once the tenant has been asked for its tokens. */
    async function inFlight(url: URL): Promise<{ page: Promise<Page> }> {
      const asked = tenant.tokenRequests.length;
      const page = browser.get(url, { follow: false });
      await until(() => tenant.tokenRequests.length > asked);
      return { page };
    }

    it('a logout while a callback is in flight: nobody is logged in', async () => {
      const url = await callback();
      const before = await browser.cookies(app.origin);
      const release = tenant.hold();
      const { page } = await inFlight(url);
      expect((await logOut()).headers.location).to.equal('/');
      release();
      const ended = await page;
      expect(ended.status).to.equal(400);
      expect(text(ended)).to.include('You have logged out since it began');
      expect(await isLoggedIn()).to.equal(false);
      for (const cookie of [before, ...(ended.headers['set-cookie'] ?? [])])
        expect(await isGood(cookie.split(';')[0] ?? '')).to.equal(false);
      // And the next login is one as any other.
      expect((await logIn()).url.pathname).to.equal('/profile');
      expect(await isLoggedIn()).to.equal(true);
    });

    it('a logout while another login of a user who is logged in is in flight', async () => {
      await logIn();
      const first = await browser.cookies(app.origin);
      const url = await callback();
      const release = tenant.hold();
      const { page } = await inFlight(url);
      await logOut();
      release();
      const { headers } = await page;
      expect(await isLoggedIn()).to.equal(false);
      for (const cookie of [first, ...(headers['set-cookie'] ?? [])])
        expect(await isGood(cookie.split(';')[0] ?? '')).to.equal(false);
    });

    it('a logout while the new session is being written', async () => {
      const url = await callback();
      store.held = true;
      const page = browser.get(url, { follow: false });
      await until(() => store.waiting.length > 0);
      await logOut();
      store.release();
      const { status, headers } = await page;
      expect(status).to.equal(400);
      expect(await isLoggedIn()).to.equal(false);
      for (const cookie of headers['set-cookie'] ?? [])
        expect(await isGood(cookie.split(';')[0] ?? '')).to.equal(false);
    });

    it('a logout while the session is being written by a slow request', async () => {
      await logIn();
      const cookie = await browser.cookies(app.origin);
      store.held = true;
      const slow = get('/login');
      await until(() => store.waiting.length > 0);
      await logOut();
      store.release();
      await slow;
      expect(await isGood(cookie)).to.equal(false);
      expect(await isLoggedIn()).to.equal(false);
    });

    it('a logout ends the logins that were begun before it, and says so', async () => {
      const url = await callback();
      await logOut();
      const page = await browser.get(url, { follow: false });
      expect(page.status).to.equal(400);
      expect(text(page)).to.include('you have logged out since').and.include('Log in again');
      expect(await isLoggedIn()).to.equal(false);
      expect(tenant.tokenRequests).to.have.lengthOf(0);
    });

    it('a login that is begun after a logout: it logs in, also while an older callback is in flight', async () => {
      const old = await callback();
      const release = tenant.hold();
      const { page } = await inFlight(old);
      await logOut();
      const fresh = await callback();
      release();
      expect((await page).status).to.equal(400);
      expect((await browser.get(fresh, { follow: false })).headers.location).to.equal('/profile');
      expect(await isLoggedIn()).to.equal(true);
    });

    it('two logins that are in flight at once: both lead home, and a logout ends both', async () => {
      const urls = [await callback(), await callback()];
      const release = tenant.hold();
      const flights = [await inFlight(urls[0] as URL), await inFlight(urls[1] as URL)];
      release();
      const pages = await Promise.all(flights.map(({ page }) => page));
      expect(pages.map(({ headers }) => headers.location)).to.deep.equal(['/profile', '/profile']);
      expect(await isLoggedIn()).to.equal(true);
      const cookies = pages.flatMap(({ headers }) => headers['set-cookie'] ?? []);
      expect(cookies).to.have.length.of.at.least(2);
      await logOut();
      expect(await isLoggedIn()).to.equal(false);
      for (const cookie of cookies) expect(await isGood(cookie.split(';')[0] ?? '')).to.equal(false);
    });

    it('a login that is begun in another tab while a callback is in flight: both lead home', async () => {
      const first = await callback();
      const release = tenant.hold();
      const { page } = await inFlight(first);
      const second = await callback();
      release();
      expect((await page).headers.location).to.equal('/profile');
      expect((await browser.get(second, { follow: false })).headers.location).to.equal('/profile');
      expect(await isLoggedIn()).to.equal(true);
      // And none of them twice.
      for (const url of [first, second])
        expect((await browser.get(url, { follow: false })).headers.location).to.equal('/profile');
      expect(tenant.tokenRequests).to.have.lengthOf(2);
    });

    it('a callback that is sent once more with the cookie from before the login: it leads home', async () => {
      const url = await callback();
      const cookie = await browser.cookies(app.origin);
      await browser.get(url, { follow: false });
      const late = new Browser();
      const page = await late.get(url, { follow: false, headers: { cookie } });
      late.close();
      expect(page.headers.location).to.equal('/profile');
      expect(page.headers['set-cookie'], 'a cookie would take the place of the new one').to.equal(undefined);
      expect(tenant.tokenRequests).to.have.lengthOf(1);
      expect(await isGood(cookie)).to.equal(false);
      expect(await isLoggedIn()).to.equal(true);
    });

    if (step < 3) return;

    it('a logout while the API is being called: a refusal leads to no login', async () => {
      await logIn();
      let release = () => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let called = false;
      faults.decide = () => {
        called = true;
        return { until: held };
      };
      const page = get('/appointments');
      await until(() => called);
      await logOut();
      refuses = true;
      release();
      const { status, headers, body } = await page;
      expect(headers.location, body).to.equal(undefined);
      expect(status).to.equal(401);
      expect(body).to.include('You have logged out');
      expect(await isLoggedIn()).to.equal(false);
    });

    if (step < 4) return;

    it('a logout while a refresh is in flight: the page asks, and nobody is logged in', async () => {
      tenant.expiresIn = 0;
      await logIn();
      const cookie = await browser.cookies(app.origin);
      const release = tenant.hold();
      const asked = tenant.tokenRequests.length;
      const [page, other] = [get('/appointments'), get('/appointments')];
      await until(() => tenant.tokenRequests.length > asked);
      await logOut();
      release();
      for (const { status, headers, body } of await Promise.all([page, other])) {
        expect(headers.location, body).to.equal(undefined);
        expect(status).to.equal(401);
        expect(body).to.include('You have logged out');
      }
      expect(await isLoggedIn()).to.equal(false);
      expect(await isGood(cookie)).to.equal(false);
    });
  });
