import path from 'node:path';
import { expect } from 'chai';
import * as client from 'openid-client';
import { text } from '../../shared/browser';
import { appFolder } from '../support/app-in-process';
import { appInWorld, refuseEveryToken } from './attacks';

/** What the app's tokens.ts and api-client.ts export. */
interface TokensModule {
  SessionTokens: new (
    tenant: () => Promise<client.Configuration>,
  ) => {
    keep(id: string, response: client.TokenEndpointResponse): Promise<void>;
    withAccessToken<T>(id: string, work: (accessToken: string) => Promise<T>): Promise<T>;
  };
}
interface ApiModule {
  TokenRefused: new () => Error;
}

describe('a refresh, in the app after step 04', () => {
  const here = appInWorld(4);
  const { now } = Date;
  afterEach(() => {
    Date.now = now;
  });

  const refreshes = () =>
    here.world.tenant.tokenRequests.filter((form) => form.get('grant_type') === 'refresh_token').length;
  const pass = (seconds: number) => {
    Date.now = () => now() + seconds * 1000;
  };

  it('that fails leaves the page alone while the access token is still good', async () => {
    await here.user.logIn();
    expect((await here.user.get('/appointments')).status).to.equal(200);
    // Ten seconds are left: the time to refresh has come.
    pass(3590);
    here.world.tenant.fault = 'status 500';
    expect((await here.user.get('/appointments')).status).to.equal(200);
    expect(refreshes()).to.equal(1);
    expect(new Set(here.world.apiTokens).size).to.equal(1);
  });

  it('that fails ends the page once the access token has expired, and the API does not get the token', async () => {
    await here.user.logIn();
    pass(3700);
    here.world.tenant.fault = 'status 500';
    expect((await here.user.get('/appointments')).status).to.equal(502);
    expect(here.world.apiTokens).to.deep.equal([]);
  });

  it('that is refused leads to the login, though the access token is still good', async () => {
    await here.user.logIn();
    pass(3590);
    here.world.tenant.fault = 'invalid_grant';
    expect((await here.user.get('/appointments')).headers.location).to.equal(
      '/login?returnTo=%2Fappointments',
    );
    expect(here.world.apiTokens).to.deep.equal([]);
  });

  for (const [access, seconds] of [
    ['has expired', 3700],
    ['is still good', 3590],
  ] as const)
    it(`ends the tokens when the answer is for another user, and says so: the access token ${access}`, async () => {
      await here.user.logIn();
      pass(seconds);
      here.world.tenant.idToken = (claims) => ({ ...claims, sub: 'user|2' });
      const page = await here.user.get('/appointments');
      expect(page.status).to.equal(502);
      expect(page.body).to.include('<h1>The login failed</h1>');
      expect(text(page)).to.include('The tenant answered for another user.');
      expect(page.body).to.match(/<a class="button" href="\/login">Log in again<\/a>/);
      expect((await here.user.get('/appointments')).headers.location).to.equal(
        '/login?returnTo=%2Fappointments',
      );
      expect(here.world.apiTokens).to.deep.equal([]);
      expect(refreshes()).to.equal(1);
    });

  it('is not begun when the API fails for another reason than the token', async () => {
    await here.user.logIn();
    here.world.faults.decide = () => ({ status: 500, body: '{}' });
    expect((await here.user.get('/appointments')).status).to.equal(502);
    expect(refreshes()).to.equal(0);
  });

  it('is not begun without a refresh token: the login comes at once', async () => {
    here.world.tenant.answer = ({ refresh_token: _, ...body }) => body;
    await here.user.logIn();
    refuseEveryToken(here.world);
    expect((await here.user.get('/appointments')).headers.location).to.equal(
      '/login?returnTo=%2Fappointments',
    );
    here.world.faults.clear();
    pass(3590);
    expect((await here.user.get('/appointments')).status).to.equal(200);
    expect(refreshes()).to.equal(0);
  });

  it('gives whoever asks for an access token what they made of it, also at the second attempt', async () => {
    const { SessionTokens } = require(path.join(appFolder(4), 'tokens')) as TokensModule;
    const { TokenRefused } = require(path.join(appFolder(4), 'api-client')) as ApiModule;
    const tenant = await client.discovery(new URL(here.world.tenant.issuer), 'app', {}, undefined, {
      execute: [client.allowInsecureRequests],
    });
    const checks = { expectedState: 'a-state', expectedNonce: 'a-nonce' };
    const authorize = client.buildAuthorizationUrl(tenant, {
      redirect_uri: `${here.app.origin}/callback`,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    });
    const { headers } = await here.user.get(authorize);
    const tokens = new SessionTokens(async () => tenant);
    await tokens.keep(
      'a',
      await client.authorizationCodeGrant(tenant, new URL(headers.location ?? ''), checks),
    );
    expect(await tokens.withAccessToken('a', async (token) => `${token} used`)).to.match(/ used$/);
    const seen: string[] = [];
    const given = await tokens.withAccessToken('a', async (token) => {
      seen.push(token);
      if (seen.length === 1) throw new TokenRefused();
      return `${token} used`;
    });
    expect(given).to.equal(`${seen[1]} used`);
    expect(refreshes()).to.equal(1);
  });
});
