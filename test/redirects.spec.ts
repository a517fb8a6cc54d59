import { once } from 'node:events';
import http from 'node:http';
import { expect } from 'chai';
import { startApi } from '../shared/api';
import { startBareGuide } from './guide/in-process';
import { removeApps, startAppInProcess } from './support/app-in-process';
import { AUDIENCE, CALLBACK } from './support/client';
import { aimedAt, FOREIGN } from './support/foreign-addresses';
import { startWorld, type World } from './support/providers';

/** Request targets as no browser writes them: a server must not take a path for the address to which it sends people. */
const TARGETS = [
  '/',
  ...FOREIGN.filter((text) => text.startsWith('/')),
  ...['/public', '/assets', '/lesson', '/steps', '/.well-known', '/u/login', '/sign-in', '/api/v2'].flatMap(
    (folder) => [
      folder,
      `${folder}/..//evil.test`,
      `${folder}//evil.test/%2e%2e`,
      `//evil.test/%2e%2e${folder}`,
      `//evil.test/..%2f..${folder}`,
      `http://evil.test${folder}`,
    ],
  ),
];

/** By which parameters parties are asked, somewhere, to lead a browser on. */
const PARAMETERS = [
  ...['returnTo', 'return_to', 'next', 'back', 'redirect', 'redirect_uri', 'post_logout_redirect_uri'],
  ...['url', 'state', 'RelayState', 'connection', 'came', 'copy', 'SAMLRequest'],
];

const PATHS: Record<string, string[]> = {
  app: ['/', '/login', '/logout', '/profile', '/appointments', '/office', '/tokens', '/callback'],
  tenant: [
    ...[
      '/',
      '/authorize',
      '/v2/logout',
      '/v2/logout?client_id=Web',
      '/oidc/logout',
      '/oidc/logout?client_id=Web',
    ],
    ...[
      '/authorize?client_id=Web&response_type=code',
      '/continue',
      '/login/callback',
      '/u/login/x',
      '/u/consent/x',
    ],
    ...['/u/continue/x', '/u/login/x/answer', '/unblock', '/userinfo', '/samlp/metadata', '/api/v2/clients'],
  ],
  guide: [
    '/',
    '/steps',
    '/steps/02-get-an-access-token',
    '/tokens',
    '/wire',
    '/faults',
    '/weather',
    '/tenant',
    '/lesson',
  ],
  social: ['/', '/auth', '/authorize', '/sign-in/x', '/sign-out', '/session/end'],
  saml: ['/', '/sso', '/sign-in/x', '/sign-out', '/metadata'],
  api: ['/', '/appointments', '/appointments/1'],
};

describe('no party leads a browser to another site because a request says so:', function () {
  this.timeout(60_000);
  let world: World;
  const origins: Record<string, string> = {};
  const closing: (() => Promise<void>)[] = [];
  before(async () => {
    world = await startWorld();
    const issuer = world.tenant.issuer;
    const app = await startAppInProcess(5, {
      ISSUER_BASE_URL: issuer,
      AUDIENCE,
      API_URL: 'http://localhost:9',
    });
    const api = await startApi({ issuer: new URL(issuer), audience: AUDIENCE });
    const guide = await startBareGuide({ places: { issuer, api: api.origin } });
    for (const party of [app, api, guide]) closing.push(() => party.close());
    Object.assign(origins, {
      app: app.origin,
      tenant: world.tenant.origin,
      guide: guide.origin,
      social: world.social,
      saml: world.saml.origin,
      api: api.origin,
    });
  });
  after(async () => {
    for (const close of closing) await close();
    await world?.close();
    removeApps();
  });

  /** Where an answer leads, as a browser at that address reads it. */
  async function leadsTo(method: string, origin: string, path: string, form?: string) {
    const { hostname, port } = new URL(origin);
    const headers = {
      accept: 'text/html',
      host: new URL(origin).host,
      ...(form === undefined
        ? {}
        : { 'content-type': 'application/x-www-form-urlencoded', origin, 'sec-fetch-site': 'same-origin' }),
    };
    const request = http.request({ hostname, port, path, method, headers });
    request.end(form);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
    const { location } = response.headers;
    const at = URL.canParse(path, origin) ? new URL(path, origin) : new URL(origin);
    // A browser asks this origin only, whatever is in the request target.
    const current = at.origin === origin ? at.href : origin;
    const to =
      location !== undefined && URL.canParse(location, current) ? new URL(location, current) : undefined;
    return { status: response.statusCode, to };
  }

  for (const [party, paths] of Object.entries(PATHS)) {
    /** Where its pages may lead: to itself, to the tenant for a login, and back to the application. */
    const known = () => [origins[party], new URL(world.tenant.issuer).origin, new URL(CALLBACK).origin];

    it(`${party}, by the address that is asked for`, async () => {
      const origin = origins[party] ?? '';
      for (const path of TARGETS) {
        const { to, status } = await leadsTo('GET', origin, path);
        if (to) expect(known(), `GET ${path} leads to ${to}`).to.include(to.origin);
        expect(status, `GET ${path}`).to.be.below(500);
      }
    });

    it(`${party}, by a parameter`, async () => {
      const origin = origins[party] ?? '';
      for (const path of paths)
        for (const foreign of FOREIGN) {
          const value = aimedAt(origin, foreign);
          const query = PARAMETERS.map((name) => `${name}=${value.replaceAll('&', '%26')}`).join('&');
          const asked = `${path}${path.includes('?') ? '&' : '?'}${query}`.replace(
            /[^!-~]/g,
            encodeURIComponent,
          );
          const { to, status } = await leadsTo('GET', origin, asked);
          if (to) expect(known(), `GET ${asked} leads to ${to}`).to.include(to.origin);
          expect(status, `GET ${asked}`).to.be.below(500);
          // The guide's forms change the learner's folder.
          if (path.includes('?') || party === 'guide') continue;
          const sent = await leadsTo('POST', origin, path, query);
          if (sent.to)
            expect(known(), `POST ${path} with ${query} leads to ${sent.to}`).to.include(sent.to.origin);
          expect(sent.status, `POST ${path} with ${query}`).to.be.below(500);
        }
    });
  }
});
