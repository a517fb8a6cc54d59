import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { MakeApp } from '../peers/peer-process';
import { type AppInProcess, startAppInProcess } from '../support/app-in-process';
import { ATTACKS, attackedWorld, CORE_ATTACKS } from './attacks';
import auth0Sample from './peers/auth0-sample';
import openidClientExample from './peers/openid-client-example';

const ALL = { ...ATTACKS, ...CORE_ATTACKS };

/** The attacks that do harm to apps that people begin from; those that a file of hardening/ stops by its name. */
const HARMED: Record<string, { makeApp?: MakeApp; by: string[] }> = {
  'the app after step 04': { by: [] },
  'openid-client’s example': {
    makeApp: openidClientExample,
    by: [
      ...['headers.ts', 'cross-site.ts', 'doubled-callback.ts', 'final-logout.ts', 'no-store.ts'],
      ...['tenant-failures.ts', 'a session identifier planted before the login'],
      ...['an ID token with a forged signature', 'logins in two tabs'],
    ],
  },
  'Auth0’s sample': {
    makeApp: auth0Sample,
    by: [
      ...['headers.ts', 'cross-site.ts', 'doubled-callback.ts', 'final-logout.ts', 'last-known.ts'],
      ...['no-store.ts', 'tenant-failures.ts', 'an ID token with a forged signature', 'logins in two tabs'],
      'twenty requests at once after the access token has expired',
    ],
  },
};

describe('the attacks against apps that people begin from', function () {
  this.timeout(60_000);
  const { env, harmed } = attackedWorld();

  for (const [name, { makeApp, by }] of Object.entries(HARMED))
    it(`do harm to ${name}: ${by.length} of ${Object.keys(ALL).length}`, async () => {
      const app = makeApp ? await startPeerInProcess(makeApp, env()) : await startAppInProcess(4, env());
      try {
        expect(await harmed(app, ALL)).to.deep.equal(by);
      } finally {
        await app.close();
      }
    });
});

async function startPeerInProcess(makeApp: MakeApp, env: Record<string, string>): Promise<AppInProcess> {
  let handler: http.RequestListener = (_req, res) => res.end();
  const server = http.createServer((req, res) => handler(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const own = {
    BASE_URL: origin,
    CLIENT_ID: 'app',
    CLIENT_SECRET: 'appSecret0',
    SESSION_SECRET: 'x'.repeat(32),
  };
  handler = makeApp({ ...own, ...env } as Parameters<MakeApp>[0]);
  return {
    origin,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
