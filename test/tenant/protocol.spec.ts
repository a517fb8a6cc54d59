import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Browser, forms, text } from '../../shared/browser';
import { startTenant, type Tenant } from '../../shared/tenant';
import type { TenantEvent } from '../../shared/tenant/events';
import { AUDIENCE, CALLBACK, Client, decode } from '../support/client';
import { ANN, temporaryFolder, USERS } from '../support/workshop';

const YAML = `
resourceServers:
  - name: Appointments API
    identifier: ${AUDIENCE}
    token_lifetime: 3600
    allow_offline_access: true
    scopes:
      - { value: "read:appointments", description: See your appointments }
      - { value: "create:appointments", description: Make appointments }
  - name: Without offline access
    identifier: urn-less identifier
    token_dialect: rfc9068_profile
    scopes: [{ value: "read:x", description: x }]
clients:
  - name: Web
    callbacks: [${CALLBACK}]
    allowed_logout_urls: [http://localhost:3000/]
    refresh_token: { rotation_type: rotating, expiration_type: expiring }
  - name: With leeway
    callbacks: [${CALLBACK}]
    refresh_token: { rotation_type: rotating, expiration_type: expiring, leeway: 60 }
  - name: Public
    app_type: native
    callbacks: [${CALLBACK}]
    token_endpoint_auth_method: none
  - name: Code only
    callbacks: [${CALLBACK}]
    grant_types: [authorization_code]
  - name: Machine
    app_type: non_interactive
    grant_types: [client_credentials]
clientGrants:
  - { client_id: Machine, audience: "${AUDIENCE}", scope: ["read:appointments"] }
databases:
  - { name: Username-Password-Authentication, strategy: auth0, enabled_clients: [Web] }
`;

describe('the tenant', () => {
  const { folder, remove } = temporaryFolder();
  let tenant: Tenant;
  let client: Client;
  before(async () => {
    const config = path.join(folder, 'tenant.yaml');
    fs.writeFileSync(config, YAML);
    tenant = await startTenant({
      config,
      users: USERS,
      data: path.join(folder, 'data'),
      env: {},
      watch: false,
    });
  });
  after(async () => {
    await tenant?.close();
    remove();
  });
  beforeEach(() => {
    client = new Client(tenant);
  });
  afterEach(() => client.close());

  const last = <T extends TenantEvent['type']>(type: T) =>
    tenant.events.recent().findLast((event) => event.type === type) as
      | Extract<TenantEvent, { type: T }>
      | undefined;
  const credentials = (name: string) => {
    const settings = tenant.settings();
    return { client_id: settings[`CLIENT_ID__${name}`], client_secret: settings[`CLIENT_SECRET__${name}`] };
  };
  const errorOf = (url: URL) => Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'iss'));

  describe('discovery', () => {
    it("publishes Auth0's paths under the issuer, with its final slash", async () => {
      for (const name of ['openid-configuration', 'oauth-authorization-server']) {
        const metadata = await (await fetch(`${tenant.origin}/.well-known/${name}`)).json();
        expect(metadata).to.include({
          issuer: `${tenant.origin}/`,
          authorization_endpoint: `${tenant.origin}/authorize`,
          token_endpoint: `${tenant.origin}/oauth/token`,
          userinfo_endpoint: `${tenant.origin}/userinfo`,
          revocation_endpoint: `${tenant.origin}/oauth/revoke`,
          end_session_endpoint: `${tenant.origin}/oidc/logout`,
          jwks_uri: `${tenant.origin}/.well-known/jwks.json`,
        });
      }
    });
  });

  describe('tokens', () => {
    it('have the claims of a real tenant, and verify against the JWKS', async () => {
      const answer = await client.logIn();
      expect(answer).to.include({ token_type: 'Bearer', expires_in: 3600 });
      expect(answer.scope?.split(' ')).to.have.members([
        'openid',
        'profile',
        'email',
        'offline_access',
        'read:appointments',
      ]);
      const keys = createRemoteJWKSet(new URL(`${tenant.origin}/.well-known/jwks.json`));
      const access = await jwtVerify(answer.access_token ?? '', keys, {
        issuer: tenant.issuer,
        audience: AUDIENCE,
      });
      expect(access.protectedHeader).to.include({ alg: 'RS256', typ: 'JWT' }).and.have.property('kid');
      expect(access.payload).to.include({ sub: 'auth0|a11ce0000000000000000001', azp: 'Web' });
      expect(access.payload.aud).to.deep.equal([AUDIENCE, `${tenant.issuer}userinfo`]);
      expect(access.payload).to.have.keys(['iss', 'sub', 'aud', 'iat', 'exp', 'scope', 'azp']);
      const id = await jwtVerify(answer.id_token ?? '', keys, { issuer: tenant.issuer, audience: 'Web' });
      expect(id.payload).to.include({
        nonce: 'the-nonce',
        name: ANN.name,
        email: ANN.email,
        nickname: 'ann',
        email_verified: true,
      });
      expect(id.payload).to.have.property('sid');
      expect(Number(id.payload.exp) - Number(id.payload.iat)).to.equal(36_000);
    });

    it('are RFC 9068 where the API says so, also for an identifier that is no URI', async () => {
      const answer = await client.logIn({ audience: 'urn-less identifier', scope: 'openid read:x' });
      const { header, payload } = decode(answer.access_token);
      expect(header.typ).to.equal('at+jwt');
      expect(payload.aud).to.deep.equal(['urn-less identifier', `${tenant.issuer}userinfo`]);
      expect(payload).to.include({ client_id: 'Web' }).and.have.property('jti');
    });

    it('are opaque without an audience, and good for /userinfo; so is a JWT', async () => {
      for (const audience of [undefined, AUDIENCE]) {
        const { access_token = '' } = await client.logIn({ audience });
        expect(access_token.split('.').length).to.equal(audience ? 3 : 1);
        const response = await fetch(`${tenant.origin}/userinfo`, {
          headers: { authorization: `Bearer ${access_token}` },
        });
        expect(await response.json()).to.include({
          sub: 'auth0|a11ce0000000000000000001',
          email: ANN.email,
          name: ANN.name,
        });
      }
      const none = await fetch(`${tenant.origin}/userinfo`);
      expect(none.status).to.equal(401);
      expect(none.headers.get('www-authenticate')).to.match(/^Bearer realm=/);
      const bad = await fetch(`${tenant.origin}/userinfo`, { headers: { authorization: 'Bearer a.b.c' } });
      expect(bad.headers.get('www-authenticate')).to.include('error="invalid_token"');
    });

    it('can be asked for by resource as by audience', async () => {
      const { access_token } = await client.logIn({ audience: undefined, resource: AUDIENCE });
      expect(decode(access_token).payload.aud).to.deep.equal([AUDIENCE, `${tenant.issuer}userinfo`]);
    });

    it('leave out scopes that the API does not define, and the log says which', async () => {
      const { access_token } = await client.logIn({ scope: 'openid read:appointments read:nothing' });
      expect(decode(access_token).payload.scope).to.equal('openid read:appointments');
      expect(last('scope left out')).to.include({
        scope: 'read:nothing',
        reason: `the API ${AUDIENCE} does not define it`,
      });
    });

    it('include a refresh token under its three conditions only', async () => {
      expect(await client.logIn()).to.have.property('refresh_token');
      expect(await client.logIn({ scope: 'openid read:appointments' })).not.to.have.property('refresh_token');
      expect(
        await client.logIn({ audience: 'urn-less identifier', scope: 'openid offline_access' }),
      ).not.to.have.property('refresh_token');
      expect(last('scope left out')?.reason).to.include('allow_offline_access');
      const other = credentials('CODE_ONLY');
      const url = await client.callback({ client_id: other.client_id });
      const { body } = await client.redeem(url.searchParams.get('code') ?? '', other);
      expect(body).to.have.property('access_token').and.not.to.equal(undefined);
      expect(body).not.to.have.property('refresh_token');
    });
  });

  describe('/authorize', () => {
    it('sends code, state and iss back, also as a form', async () => {
      const url = await client.callback();
      expect(url.origin + url.pathname).to.equal(CALLBACK);
      expect([...url.searchParams.keys()]).to.have.members(['code', 'state', 'iss']);
      expect(url.searchParams.get('iss')).to.equal(tenant.issuer);
      const page = await client.browser.get(client.authorizeUrl({ response_mode: 'form_post' }));
      expect(forms(page)[0]?.action.href).to.equal(CALLBACK);
      expect(forms(page)[0]?.fields).to.have.keys(['code', 'state', 'iss']);
    });

    it('shows its own page for an unknown application and an unlisted callback, and never redirects', async () => {
      const unknown = await client.browser.get(client.authorizeUrl({ client_id: 'Nobody' }), {
        follow: false,
      });
      expect(unknown.status).to.equal(400);
      expect(text(unknown)).to.include('Unknown client').and.include('Nobody');
      const unlisted = await client.browser.get(
        client.authorizeUrl({ redirect_uri: 'http://127.0.0.1:3000/callback' }),
        { follow: false },
      );
      expect(unlisted.status).to.equal(400);
      expect(unlisted.headers.location).to.equal(undefined);
      expect(text(unlisted)).to.include('http://127.0.0.1:3000/callback').and.include(CALLBACK);
    });

    it('answers an unknown audience with access_denied', async () => {
      const url = await client.callback({ audience: 'https://appointments.example/api/' });
      expect(errorOf(url)).to.deep.equal({
        error: 'access_denied',
        error_description: 'Service not found: https://appointments.example/api/',
        state: 'the-state',
      });
    });

    it('answers prompt=none by itself: login_required, consent_required, or a code', async () => {
      const silent = { prompt: 'none', scope: 'openid' };
      expect(errorOf(await client.callback(silent)).error).to.equal('login_required');
      await client.logIn({ audience: undefined, scope: 'openid' });
      const fresh = await startTenantLike();
      try {
        const other = new Client(fresh);
        await other.logIn({ scope: 'openid' });
        expect(
          errorOf(await other.callback({ ...silent, scope: 'openid create:appointments' })).error,
        ).to.equal('consent_required');
        expect((await other.callback(silent)).searchParams.has('code')).to.equal(true);
        other.close();
      } finally {
        await fresh.close();
      }
    });

    it('asks for the password again for prompt=login and for max_age=0, and fills login_hint in', async () => {
      await client.logIn();
      for (const again of [{ prompt: 'login' }, { max_age: '0' }, { prompt: 'select_account' }]) {
        const page = await client.browser.get(client.authorizeUrl(again));
        expect(forms(page)[0]?.hasPassword, JSON.stringify(again)).to.equal(true);
      }
      const hinted = await new Browser().get(client.authorizeUrl({ login_hint: 'bob@example.com' }));
      expect(forms(hinted)[0]?.fields.email).to.equal('bob@example.com');
    });

    it('asks for consent once, again for more scopes, and whenever prompt=consent says so', async () => {
      const fresh = await startTenantLike();
      try {
        const asks = async (other: Client, parameters: Record<string, string>) => {
          const page = await other.browser.get(other.authorizeUrl(parameters), { within: fresh.origin });
          const consent = page.url.pathname.startsWith('/u/consent');
          await other.browser.logIn(page, ANN, 'accept', fresh.origin);
          return consent;
        };
        const one = new Client(fresh);
        await one.logIn({ scope: 'openid' });
        expect(await asks(one, { scope: 'openid' })).to.equal(false);
        expect(await asks(one, { scope: 'openid read:appointments' })).to.equal(true);
        expect(await asks(one, { scope: 'openid read:appointments' })).to.equal(false);
        expect(await asks(one, { scope: 'openid', prompt: 'consent' })).to.equal(true);
        one.close();
      } finally {
        await fresh.close();
      }
    });

    it('does not tell a wrong password from an unknown user, but the log does', async () => {
      const attempt = async (email: string) => {
        const page = await new Browser().get(client.authorizeUrl());
        const [form] = forms(page);
        if (!form) throw new Error('no form');
        return client.browser.submit(page, form, { email, password: 'wrong' });
      };
      // Without the cookie of the page the form is worth nothing.
      expect((await attempt(ANN.email)).status).to.equal(400);
      const tries = [];
      for (const email of [ANN.email, 'nobody@example.com']) {
        const page = await client.browser.get(client.authorizeUrl());
        const [form] = forms(page);
        if (!form) throw new Error('no form');
        const wrong = await client.browser.submit(page, form, { email, password: 'wrong' });
        expect(wrong.status).to.equal(401);
        tries.push(text(wrong).replace(email, ''));
      }
      expect(tries[0]).to.equal(tries[1]);
      const reasons = tenant.events
        .recent()
        .filter((event) => event.type === 'login refused')
        .map((event) => event.reason);
      expect(reasons.slice(-2)).to.deep.equal(['wrong password', 'unknown user']);
    });

    it('tells the application when the user declines', async () => {
      const fresh = await startTenantLike();
      try {
        const other = new Client(fresh);
        const page = await other.browser.get(other.authorizeUrl());
        const end = await other.browser.logIn(page, ANN, 'decline', fresh.origin);
        expect(errorOf(new URL(end.headers.location ?? ''))).to.include({
          error: 'access_denied',
          error_description: 'User did not authorize the request',
        });
        other.close();
      } finally {
        await fresh.close();
      }
    });
  });

  describe('/oauth/token', () => {
    const refusals: [
      string,
      (code: string) => Parameters<Client['token']>,
      number,
      Record<string, unknown>,
      RegExp,
    ][] = [
      [
        'a code that nobody was given',
        () => [grant('nonsense')],
        400,
        { error: 'invalid_grant', error_description: 'Invalid authorization code' },
        /not found/,
      ],
      [
        'another redirect_uri',
        (code) => [{ ...grant(code), redirect_uri: 'http://localhost:3000/other' }],
        400,
        {
          error: 'invalid_grant',
          error_description: `The redirect URI is wrong. You sent http://localhost:3000/other, and we expected ${CALLBACK}`,
        },
        /redirect_uri mismatch/,
      ],
      [
        'a wrong secret',
        (code) => [{ ...grant(code), client_secret: 'wrong' }],
        401,
        { error: 'invalid_client' },
        /invalid secret/,
      ],
      [
        'an unknown application',
        (code) => [{ ...grant(code), client_id: 'Nobody' }],
        401,
        { error: 'invalid_client' },
        /client not found/,
      ],
      [
        'another verifier',
        (code) => [{ ...grant(code), code_verifier: 'x'.repeat(43) }],
        400,
        { error: 'invalid_grant', error_description: 'Failed to verify code verifier' },
        /does not match/,
      ],
      [
        'no verifier',
        (code) => [{ ...grant(code), code_verifier: undefined }],
        400,
        { error: 'invalid_grant', error_description: 'Failed to verify code verifier' },
        /must be provided/,
      ],
      [
        'no code',
        () => [{ grant_type: 'authorization_code', redirect_uri: CALLBACK }],
        400,
        { error: 'invalid_request' },
        /missing required parameter.*code/,
      ],
      ['no grant_type', () => [{}], 400, { error: 'invalid_request' }, /grant_type/],
      [
        'a grant that the application may not use',
        () => [{ grant_type: 'client_credentials', audience: AUDIENCE }],
        400,
        {
          error: 'unauthorized_client',
          error_description: "Grant type 'client_credentials' not allowed for the client.",
        },
        /./,
      ],
      [
        'a refresh token that nobody was given',
        () => [{ grant_type: 'refresh_token', refresh_token: 'nonsense' }],
        400,
        { error: 'invalid_grant', error_description: 'Unknown or invalid refresh token.' },
        /not found/,
      ],
    ];
    const grant = (code: string) => ({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: client.verifier,
    });
    for (const [name, request, status, body, reason] of refusals) {
      it(`refuses ${name}, and its log has the precise reason`, async () => {
        const code = (await client.callback()).searchParams.get('code') ?? '';
        const answer = await client.token(...request(code));
        expect(answer.status).to.equal(status);
        expect(answer.body, JSON.stringify(answer.body)).to.include(body);
        expect(answer.headers.get('cache-control')).to.include('no-store');
        const event = last('token refused');
        expect(event?.error).to.equal(body.error);
        expect(event?.reason).to.match(reason);
      });
    }

    it('takes JSON as well as a form, and says what is wrong with either', async () => {
      const code = (await client.callback()).searchParams.get('code') ?? '';
      expect((await client.token(grant(code), { json: true })).status).to.equal(200);
      const post = async (body: string) => {
        const response = await fetch(`${tenant.origin}/oauth/token`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });
        return [
          response.status,
          ((await response.json()) as { error_description: string }).error_description,
        ];
      };
      expect(await post('{')).to.deep.equal([400, 'the body is not valid JSON']);
      expect(await post('[1]')).to.deep.equal([400, 'the JSON body must be an object']);
      expect(await post('{"code":{}}')).to.deep.equal([400, 'the parameter code must be a string']);
    });

    it('takes the credentials in the body or in the header, and none of a public client with PKCE', async () => {
      const { client_id = '', client_secret = '' } = credentials('WEB');
      const code = (await client.callback()).searchParams.get('code') ?? '';
      const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
      const answer = await client.token(
        { ...grant(code), client_id: undefined, client_secret: undefined },
        { headers: { authorization: basic } },
      );
      expect(answer.status).to.equal(200);
      const open = { client_id: 'Public', client_secret: undefined };
      const publicCode = (await client.callback({ client_id: 'Public' })).searchParams.get('code') ?? '';
      expect((await client.token({ ...grant(publicCode), ...open })).status).to.equal(200);
      const without = await client.callback({
        client_id: 'Public',
        code_challenge: undefined,
        code_challenge_method: undefined,
      });
      expect(errorOf(without).error).to.equal('invalid_request');
    });

    it('redeems a code once: of eight at the same time one, and a replay kills what came of it but no other log-in', async () => {
      const other = await client.logIn();
      const code = (await client.callback()).searchParams.get('code') ?? '';
      const answers = await Promise.all(Array.from({ length: 8 }, () => client.redeem(code)));
      expect(answers.filter(({ status }) => status === 200).length).to.equal(1);
      const won = answers.find(({ status }) => status === 200)?.body;
      expect((await client.redeem(code)).status).to.equal(400);
      expect((await client.refresh(won?.refresh_token)).status).to.equal(400);
      expect((await client.refresh(other.refresh_token)).status).to.equal(200);
    });

    it('gives a machine the scopes of its client grant, and nothing without one', async () => {
      const machine = credentials('MACHINE');
      const { status, body } = await client.token({
        grant_type: 'client_credentials',
        audience: AUDIENCE,
        ...machine,
      });
      expect(status).to.equal(200);
      expect(decode(body.access_token).payload).to.include({
        sub: 'Machine@clients',
        aud: AUDIENCE,
        gty: 'client-credentials',
      });
      const refused = await client.token({
        grant_type: 'client_credentials',
        audience: 'urn-less identifier',
        ...machine,
      });
      expect([refused.status, refused.body.error]).to.deep.equal([403, 'access_denied']);
      expect(refused.body.error_description).to.include(
        'Client is not authorized to access "urn-less identifier"',
      );
    });
  });

  describe('refresh tokens', () => {
    it('rotate, keep user and scopes, leave the nonce out, and may narrow the scope', async () => {
      const first = await client.logIn();
      const { status, body } = await client.refresh(first.refresh_token);
      expect(status).to.equal(200);
      expect(body.refresh_token).to.be.a('string').and.not.to.equal(first.refresh_token);
      expect(decode(body.id_token).payload).not.to.have.property('nonce');
      expect(decode(body.access_token).payload).to.include({
        sub: 'auth0|a11ce0000000000000000001',
        gty: 'refresh_token',
      });
      const narrow = await client.refresh(body.refresh_token, { scope: 'openid' });
      expect(decode(narrow.body.access_token).payload.scope).to.equal('openid');
    });

    it('end the whole family when an old one is used again', async () => {
      const first = await client.logIn();
      const second = (await client.refresh(first.refresh_token)).body;
      const reused = await client.refresh(first.refresh_token);
      expect([reused.status, reused.body.error_description]).to.deep.equal([
        400,
        'Unknown or invalid refresh token.',
      ]);
      expect(last('refresh token reused')?.reason).to.include('already used');
      expect((await client.refresh(second.refresh_token)).status).to.equal(400);
    });

    it('are used by one of sixteen at the same time', async () => {
      const { refresh_token } = await client.logIn();
      const answers = await Promise.all(Array.from({ length: 16 }, () => client.refresh(refresh_token)));
      expect(answers.filter(({ status }) => status === 200).length).to.equal(1);
    });

    it('may be repeated once within the leeway; an older one ends the family', async () => {
      const other = credentials('WITH_LEEWAY');
      const url = await client.callback({ client_id: other.client_id });
      const first = (await client.redeem(url.searchParams.get('code') ?? '', other)).body;
      const second = await client.refresh(first.refresh_token, other);
      const repeated = await client.refresh(first.refresh_token, other);
      expect([second.status, repeated.status]).to.deep.equal([200, 200]);
      const third = await client.refresh(second.body.refresh_token, other);
      expect(third.status).to.equal(200);
      expect((await client.refresh(first.refresh_token, other)).status).to.equal(400);
      expect((await client.refresh(third.body.refresh_token, other)).status).to.equal(400);
    });

    it('are revoked with 200 and an empty body, whatever the token', async () => {
      const { refresh_token = '', access_token = '' } = await client.logIn();
      const revoke = async (token: string) => {
        const { client_id = '', client_secret = '' } = credentials('WEB');
        const response = await fetch(`${tenant.origin}/oauth/revoke`, {
          method: 'POST',
          body: new URLSearchParams({ client_id, client_secret, token }),
        });
        return [response.status, await response.text()];
      };
      for (const token of [refresh_token, 'unknown', access_token])
        expect(await revoke(token)).to.deep.equal([200, '']);
      expect((await client.refresh(refresh_token)).status).to.equal(400);
    });
  });

  describe('log-out', () => {
    const isLoggedIn = async () =>
      !(
        await client.browser.get(client.authorizeUrl({ scope: 'openid' }), { within: tenant.origin })
      ).url.pathname.startsWith('/u/login');

    it('/v2/logout ends the session and returns to a listed URL only', async () => {
      const { refresh_token } = await client.logIn();
      const logout = (returnTo: string, id: Record<string, string> = { client_id: 'Web' }) =>
        client.browser.get(`${tenant.origin}/v2/logout?${new URLSearchParams({ ...id, returnTo })}`, {
          follow: false,
        });
      const refused = await logout('http://localhost:3000/other');
      expect(refused.status).to.equal(400);
      expect(text(refused)).to.include('http://localhost:3000/other').and.include('http://localhost:3000/');
      expect((await logout('http://localhost:3000/', {})).status).to.equal(400);
      expect(await isLoggedIn()).to.equal(true);
      const done = await logout('http://localhost:3000/');
      expect([done.status, done.headers.location]).to.deep.equal([302, 'http://localhost:3000/']);
      expect(await isLoggedIn()).to.equal(false);
      expect((await client.refresh(refresh_token)).status).to.equal(200);
    });

    it('/oidc/logout goes at once with an ID token, and asks without', async () => {
      const { id_token = '' } = await client.logIn();
      const asked = await client.browser.get(`${tenant.origin}/oidc/logout`);
      const [form] = forms(asked);
      expect(form?.buttons.map((button) => button.text)).to.include('Log out');
      expect(await isLoggedIn()).to.equal(true);
      const url = new URL(`${tenant.origin}/oidc/logout`);
      url.search = new URLSearchParams({
        id_token_hint: id_token,
        post_logout_redirect_uri: 'http://localhost:3000/',
        state: 's',
      }).toString();
      const done = await client.browser.get(url, { follow: false });
      expect([done.status, done.headers.location]).to.deep.equal([303, 'http://localhost:3000/?state=s']);
      expect(await isLoggedIn()).to.equal(false);
      await client.logIn();
      const page = await client.browser.get(`${tenant.origin}/oidc/logout`);
      const [confirm] = forms(page);
      if (!confirm) throw new Error('no form');
      await client.browser.submit(page, confirm, { logout: 'yes' });
      expect(await isLoggedIn()).to.equal(false);
    });
  });

  /** A tenant of the same configuration in which nobody has consented to anything yet. */
  function startTenantLike(): Promise<Tenant> {
    const config = path.join(folder, 'tenant.yaml');
    return startTenant({ config, users: USERS, data: path.join(folder, 'data'), env: {}, watch: false });
  }
});
