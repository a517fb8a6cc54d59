import { expect } from 'chai';
import fc from 'fast-check';
import { Browser } from '../../shared/browser';
import { type AppInProcess, appFolder, removeApps, startAppInProcess } from '../support/app-in-process';
import { type FakeTenant, startFakeTenant } from '../support/fake-tenant';
import { aimedAt, FOREIGN } from '../support/foreign-addresses';

/** More than one value, or one that is not text. */
const SHAPES = [
  'returnTo=/profile&returnTo=//evil.test',
  'returnTo=//evil.test&returnTo=/profile',
  'returnTo=/.&returnTo=/evil.test',
  'returnTo[]=//evil.test',
  'returnTo[]=/.//evil.test',
  'returnTo[href]=//evil.test',
  'returnTo[a][b]=//evil.test',
  'returnTo[toString]=//evil.test',
  'returnTo[__proto__][x]=//evil.test',
  'returnTo[length]=2000&returnTo[0]=/',
  'returnTo',
  'returnTo=',
];

/** The login of each step. */
for (const step of [2, 3, 4, 5]) {
  describe(`after a login, the app of step 0${step} leads to a page of its own`, () => {
    let tenant: FakeTenant;
    let app: AppInProcess;
    before(async () => {
      tenant = await startFakeTenant();
      app = await startAppInProcess(step, {
        ISSUER_BASE_URL: tenant.issuer,
        AUDIENCE: 'https://api.example',
        API_URL: 'http://localhost:9',
      });
    });
    after(async () => {
      await app?.close();
      await tenant?.close();
      removeApps();
    });

    /** Follows a login and looks at every redirect of the app as a browser does, by the address to which it resolves. */
    async function landing(query: string): Promise<string | undefined> {
      const browser = new Browser();
      try {
        let page = await browser.get(`${app.origin}/login?${query}`, { follow: false });
        for (let i = 0; i < 3; i++) {
          const { location } = page.headers;
          if (location === undefined) return undefined;
          const next = new URL(location, page.url);
          if (page.url.pathname === '/callback') return next.href;
          expect([app.origin, new URL(tenant.issuer).origin], `${page.url} leads to ${next}`).to.include(
            next.origin,
          );
          page = await browser.get(next, { follow: false });
        }
        throw new Error(`the login did not end: ${page.url}`);
      } finally {
        browser.close();
      }
    }
    const isOwn = (url: string | undefined) => url !== undefined && new URL(url).origin === app.origin;

    for (const foreign of FOREIGN) {
      it(`whatever returnTo says: ${foreign}`, async () => {
        const url = await landing(`returnTo=${aimedAt(app.origin, foreign)}`);
        expect(isOwn(url), url).to.equal(true);
      });
    }

    for (const shape of SHAPES) {
      it(`whatever the query looks like: ${shape}`, async () => {
        const url = await landing(shape);
        expect(isOwn(url), url).to.equal(true);
      });
    }

    for (const path of ['/', '/appointments', '/appointments?from=2027-01-01#next', '/a%20b?c=%2F%2Fd', '/é'])
      it(`which is the one that was wanted: ${path}`, async () => {
        const url = await landing(`returnTo=${encodeURIComponent(path)}`);
        expect(url).to.equal(new URL(path, app.origin).href);
      });

    for (const path of ['/login', '/LOGIN', '/login/', '/callback?code=1', '/Logout/'])
      it(`and not to one that begins or ends a login: ${path}`, async () => {
        expect(await landing(`returnTo=${encodeURIComponent(path)}`)).to.equal(`${app.origin}/profile`);
      });
  });
}

describe('the path to which a login returns', () => {
  after(removeApps);

  it('leads to the app itself, whatever it was made from', () => {
    const { returnPath } = require(`${appFolder(2)}/hardening/return-to`) as {
      returnPath(wanted: unknown, baseUrl: URL): string;
    };
    const piece = fc.constantFrom(
      ...['/', '\\', '.', '..', ':', '@', '?', '#', '%2e', '%2f', '%5c', '%', '\t', '\n', ' ', '\u0000'],
      ...[
        'evil.test',
        'localhost:3000',
        'http:',
        'https:',
        'javascript:',
        'a',
        'é',
        '／',
        '。',
        '\u202e',
        '\ud800',
      ],
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' }), fc.webUrl()), (wanted) => {
        const base = new URL('http://localhost:3000');
        const path = returnPath(wanted, base);
        for (const current of ['http://localhost:3000/callback?code=1', 'http://localhost:3000/a/b'])
          expect(new URL(path, current).origin).to.equal(base.origin);
        // What it was made from is no longer there to be read in another way.
        expect(returnPath(path, base)).to.equal(path);
      }),
      { numRuns: 20_000 },
    );
  });
});
