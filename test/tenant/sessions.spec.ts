import type http from 'node:http';
import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { forms } from '../../shared/browser';
import { allowShiftedClocks } from '../../shared/faults/clock';
import { FaultInjector } from '../../shared/faults/inject';
import { listenOnLoopback } from '../../shared/lib/listen';
import type { Tenant } from '../../shared/tenant';
import { AUDIENCE, CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { ANN, BOB } from '../support/workshop';

const yaml = (logoutUrl: string) => `
resourceServers:
  - name: Appointments API
    identifier: ${AUDIENCE}
    allow_offline_access: true
    scopes: [{ value: "read:appointments" }]
  - name: Bound API
    identifier: https://bound.example/api
    proof_of_possession: { mechanism: dpop, required: true }
    scopes: [{ value: "read:bound" }]
clients:
  - name: Web
    callbacks: [${CALLBACK}]
    allowed_logout_urls: [http://localhost:3000/]
    oidc_logout: { backchannel_logout_urls: ["${logoutUrl}"] }
  - name: Pushes
    callbacks: [${CALLBACK}]
    require_pushed_authorization_requests: true
  - name: Bound
    callbacks: [${CALLBACK}]
    require_proof_of_possession: true
`;

describe('the tenant', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  const faults = new FaultInjector();
  /** What the application receives by POST, and how it answers. */
  const received: URLSearchParams[] = [];
  let answer = 200;
  let application: Awaited<ReturnType<typeof listenOnLoopback>>;
  before(async () => {
    const receive: http.RequestListener = async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk);
      received.push(new URLSearchParams(Buffer.concat(chunks).toString()));
      res.writeHead(answer).end();
    };
    application = await listenOnLoopback(receive, { port: 0, party: 'The application', setting: 'none' });
    allowShiftedClocks();
    test = await startTestTenant({
      yaml: yaml(`http://localhost:${application.port}/received`),
      wrap: (handler) => faults.wrap(handler),
    });
    tenant = test.tenant;
  });
  after(async () => {
    await test?.close();
    await application?.close();
  });
  beforeEach(() => {
    client = new Client(tenant);
    received.length = 0;
    answer = 200;
  });
  afterEach(() => client.close());

  const isLoggedIn = async () =>
    !(
      await client.browser.get(client.authorizeUrl({ scope: 'openid' }), { within: tenant.origin })
    ).url.pathname.startsWith('/u/login');
  const settings = (name: string) => {
    const { client_id, client_secret } = test.credentials(name.toUpperCase());
    return { client_id: client_id ?? '', client_secret: client_secret ?? '' };
  };

  describe('back-channel logout', () => {
    const waysOut: Record<string, (id_token: string, sid: string) => Promise<unknown>> = {
      '/v2/logout': () =>
        client.browser.get(`${tenant.origin}/v2/logout?client_id=Web&returnTo=http://localhost:3000/`, {
          follow: false,
        }),
      '/oidc/logout with an ID token': (id_token) =>
        client.browser.get(`${tenant.origin}/oidc/logout?id_token_hint=${id_token}`),
      '/oidc/logout with the sid as logout_hint': (_id_token, sid) =>
        client.browser.get(`${tenant.origin}/oidc/logout?client_id=Web&logout_hint=${sid}`),
      '/oidc/logout that the user confirms': async () => {
        const page = await client.browser.get(`${tenant.origin}/oidc/logout`);
        const [form] = forms(page);
        if (!form) throw new Error('no form');
        await client.browser.submit(page, form, { logout: 'yes' });
      },
    };
    for (const [way, logOut] of Object.entries(waysOut))
      it(`notifies the application by a logout token after ${way}`, async () => {
        const { id_token = '' } = await client.logIn();
        const { sid, sub } = decode(id_token).payload;
        await logOut(id_token, String(sid));
        expect(await isLoggedIn()).to.equal(false);
        expect(received).to.have.lengthOf(1);
        const keys = createRemoteJWKSet(new URL(`${tenant.origin}/.well-known/jwks.json`));
        const { payload } = await jwtVerify(received[0]?.get('logout_token') ?? '', keys, {
          issuer: tenant.issuer,
          audience: 'Web',
          typ: 'logout+jwt',
        });
        expect(payload).to.include({ sid, sub });
        expect(payload.events).to.have.property('http://schemas.openid.net/event/backchannel-logout');
        expect(payload).not.to.have.property('nonce');
        expect(test.last('back-channel logout sent')).to.include({ client_id: 'Web', user_id: sub });
      });

    it('notifies the application when another user takes over the browser, who goes straight on to it', async () => {
      const { id_token } = await client.logIn();
      const page = await client.browser.get(client.authorizeUrl({ prompt: 'select_account' }), {
        within: tenant.origin,
      });
      const end = await client.browser.logIn(page, BOB, 'accept', tenant.origin);
      const code = new URL(end.headers.location ?? '').searchParams.get('code') ?? '';
      const { body } = await client.redeem(code);
      const [before, now] = [id_token, body.id_token].map((token) => decode(token).payload);
      expect(now?.email).to.equal(BOB.email);
      expect(now?.sid).not.to.equal(before?.sid);
      expect(received).to.have.lengthOf(1);
      expect(decode(received[0]?.get('logout_token') ?? '').payload).to.include({
        sid: before?.sid,
        sub: before?.sub,
      });
      const silent = await client.callbackSilently();
      const again = await client.redeem(silent.searchParams.get('code') ?? '', {
        code_verifier: client.verifier,
      });
      expect(decode(again.body.id_token).payload.email).to.equal(undefined);
      expect(decode(again.body.id_token).payload.sub).to.equal(now?.sub);
    });

    it('ends the session even if the application refuses to hear of it, and says so in the log', async () => {
      answer = 500;
      await client.logIn();
      await client.browser.get(`${tenant.origin}/v2/logout?client_id=Web`);
      expect(await isLoggedIn()).to.equal(false);
      expect(test.last('back-channel logout refused')?.reason).to.include('500');
    });

    it('is not sent for the sid of another session, which asks the user', async () => {
      await client.logIn();
      const page = await client.browser.get(`${tenant.origin}/oidc/logout?client_id=Web&logout_hint=other`);
      expect(forms(page)[0]?.buttons.map((button) => button.text)).to.include('Log out');
      expect([received.length, await isLoggedIn()]).to.deep.equal([0, true]);
    });
  });

  it('asks for the password again once max_age seconds have passed since the login, and not before', async () => {
    await client.logIn();
    const asks = async (max_age: string) =>
      (
        await client.browser.get(client.authorizeUrl({ scope: 'openid', max_age }), { within: tenant.origin })
      ).url.pathname.startsWith('/u/login');
    expect(await asks('1000')).to.equal(false);
    faults.clock = 100;
    expect(await asks('99')).to.equal(true);
    faults.clock = 0;
    const { id_token } = await new Client(tenant).logIn({ max_age: '1000' });
    expect(decode(id_token).payload.auth_time).to.be.closeTo(Date.now() / 1000, 20);
  });

  describe('pushed authorization requests (RFC 9126)', () => {
    const push = async (name: string, more: Record<string, string> = {}) => {
      const { client_id, client_secret } = settings(name);
      const parameters = client.authorizeUrl({ client_id, ...more }).searchParams;
      parameters.set('client_secret', client_secret);
      const response = await fetch(`${tenant.origin}/oauth/par`, { method: 'POST', body: parameters });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    };
    const pushedUrl = async (more: Record<string, string> = {}) => {
      const { body } = await push('Pushes', more);
      const pushed = { client_id: 'Pushes', request_uri: body.request_uri ?? '' };
      return `${tenant.origin}/authorize?${new URLSearchParams(pushed)}`;
    };

    it('stand for the parameters once, and are for their application only', async () => {
      const { status, body } = await push('Pushes');
      expect(status).to.equal(201);
      const pushed = { client_id: 'Pushes', request_uri: body.request_uri ?? '' };
      const url = (client_id: string) =>
        `${tenant.origin}/authorize?${new URLSearchParams({ ...pushed, client_id })}`;
      const stranger = await client.browser.get(url('Web'), { within: tenant.origin });
      expect([stranger.status, stranger.headers.location]).to.deep.equal([400, undefined]);
      expect(test.last('authorization refused')?.reason).to.include('client_id must equal');
      const login = await client.browser.get(url('Pushes'), { within: tenant.origin });
      const done = await client.browser.logIn(login, ANN, 'accept', tenant.origin);
      const code = new URL(done.headers.location ?? '').searchParams.get('code') ?? '';
      const tokens = await client.redeem(code, settings('Pushes'));
      expect(tokens.body, JSON.stringify(tokens.body)).to.include.keys('access_token', 'refresh_token');
      expect(test.last('authorization requested')?.parameters).to.include({ state: 'the-state' });
      expect(test.last('authorization requested')?.parameters).not.to.have.any.keys(
        'prompt',
        'consent_implied',
      );
    });

    it('mean what they mean at /authorize: select_account and max_age=0 show the login page', async () => {
      await client.logIn();
      const shown = async (more: Record<string, string>) =>
        (await client.browser.get(await pushedUrl(more), { within: tenant.origin })).url.pathname;
      expect(await shown({ prompt: 'select_account' })).to.match(/^\/u\/login/);
      expect(await shown({ max_age: '0' })).to.match(/^\/u\/login/);
      expect(await shown({})).not.to.match(/^\/u\/login/);
    });

    it('cannot have their consent implied by the application, and are not read beyond their size', async () => {
      await client.logIn();
      const page = await client.browser.get(await pushedUrl({ prompt: 'consent', consent_implied: '1' }), {
        within: tenant.origin,
      });
      expect(page.url.pathname).to.match(/^\/u\/consent/);
      const { status, body } = await push('Pushes', { scope: 'x'.repeat(70_000) });
      expect([status, body.error]).to.deep.equal([400, 'invalid_request']);
      expect(body.error_description).to.include('larger than 65536 bytes');
    });

    it('are the only ones where require_pushed_authorization_requests says so', async () => {
      const url = await client.callback({ client_id: 'Pushes' }).catch((error: Error) => error);
      expect(url instanceof URL ? url.searchParams.get('error') : url.message).to.include('invalid_request');
      expect(test.last('authorization refused')).to.include({ client_id: 'Pushes' });
    });
  });

  describe('DPoP (RFC 9449)', () => {
    const configured = async (name: string) => {
      const { client_id, client_secret } = settings(name);
      return oidc.discovery(new URL(tenant.issuer), client_id, client_secret, undefined, {
        execute: [oidc.allowInsecureRequests],
      });
    };
    const logIn = async (name: string, parameters: Record<string, string>, bound: boolean) => {
      const config = await configured(name);
      const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair());
      const url = await client.callback({ client_id: name, ...parameters });
      const checks = {
        pkceCodeVerifier: client.verifier,
        expectedState: 'the-state',
        expectedNonce: 'the-nonce',
      };
      return oidc.authorizationCodeGrant(config, url, checks, undefined, bound ? { DPoP } : {});
    };

    it('binds an access token to the key of the proof, and such a token is no Bearer token', async () => {
      const tokens = await logIn('Web', {}, true);
      expect(tokens.token_type).to.equal('dpop');
      expect(decode(tokens.access_token).payload.cnf).to.have.property('jkt');
      const answered = await fetch(`${tenant.origin}/userinfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      expect(answered.status).to.equal(401);
      expect(test.last('userinfo refused')?.reason).to.include('bound to a key');
      const scheme = await fetch(`${tenant.origin}/userinfo`, {
        headers: { authorization: `DPoP ${tokens.access_token}` },
      });
      expect(scheme.status).to.equal(401);
      expect(scheme.headers.get('www-authenticate')).to.include('scheme DPoP');
    });

    it('is required where the application or the API says so, with the reason in the log', async () => {
      const refusal = async (name: string, parameters: Record<string, string>) => {
        const error = await logIn(name, parameters, false).catch((e: unknown) => e);
        expect(error).to.be.instanceOf(oidc.ResponseBodyError);
        return test.last('token refused')?.reason;
      };
      expect(await refusal('Bound', {})).to.include('DPoP proof JWT not provided');
      const api = { audience: 'https://bound.example/api', scope: 'openid read:bound' };
      expect(await refusal('Web', api)).to.include('requires a DPoP proof');
      expect((await logIn('Bound', api, true)).token_type).to.equal('dpop');
    });
  });

  describe('rotation of its signing keys', () => {
    const published = async () => {
      const { keys } = (await (await fetch(`${tenant.origin}/.well-known/jwks.json`)).json()) as {
        keys: { kid: string }[];
      };
      return keys.map(({ kid }) => kid);
    };
    const userinfo = async (token: string | undefined) =>
      (await fetch(`${tenant.origin}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status;

    it('signs with the next key and keeps the previous one published until it is revoked', async () => {
      const before = await client.logIn();
      const old = decode(before.access_token).header.kid;
      const { current, next, previous } = await tenant.rotateKeys();
      expect(previous).to.equal(old);
      expect(await published()).to.deep.equal([current, next, previous]);
      expect(test.last('signing keys changed')).to.include({ signs: current });
      const { access_token } = await client.logIn();
      expect(decode(access_token).header.kid).to.equal(current);
      expect(await userinfo(before.access_token)).to.equal(200);

      expect(await tenant.revokePreviousKey()).to.equal(old);
      expect(await published()).to.deep.equal([current, next]);
      expect(await userinfo(before.access_token)).to.equal(401);
      expect(await userinfo(access_token)).to.equal(200);
      expect(await tenant.revokePreviousKey()).to.equal(undefined);
      // What was announced comes true: who knew the next key needs no new look at the JWKS.
      expect((await tenant.rotateKeys()).current).to.equal(next);
    });

    it('leaves a session and a refresh token as they are', async () => {
      const { refresh_token } = await client.logIn();
      await tenant.rotateKeys();
      expect((await client.refresh(refresh_token)).status).to.equal(200);
      expect(await isLoggedIn()).to.equal(true);
    });
  });
});
