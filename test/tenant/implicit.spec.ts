import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { forms, type Page } from '../../shared/browser';
import type { Tenant } from '../../shared/tenant';
import { CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant, withTenant, YAML } from '../support/tenant';
import { ANN } from '../support/workshop';

/** As Auth0's Express sample asks, by express-openid-connect's defaults. */
const SAMPLE = {
  response_type: 'id_token',
  response_mode: 'form_post',
  scope: 'openid profile email',
  audience: undefined,
  code_challenge: undefined,
  code_challenge_method: undefined,
};

const IMPLICIT = YAML.replace(
  '  - name: With leeway',
  `  - name: Sample
    callbacks: [${CALLBACK}]
    grant_types: [implicit]
  - name: Both
    callbacks: [${CALLBACK}]
    grant_types: [authorization_code, implicit, refresh_token]
  - name: With leeway`,
).replace('enabled_clients: [Web,', 'enabled_clients: [Web, Sample, Both,');

describe('the implicit flow with form post', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  withTenant(
    () => startTestTenant({ yaml: IMPLICIT }),
    (given) => {
      ({ test, tenant, client } = given);
    },
  );

  const ask = (parameters: Record<string, string | undefined> = {}) =>
    client.browser.get(client.authorizeUrl({ ...SAMPLE, client_id: 'Sample', ...parameters }), {
      within: tenant.origin,
    });
  /** What a request that gets so far leads to, for a user who logs in and consents. */
  const logIn = async (parameters: Record<string, string | undefined> = {}) =>
    client.browser.logIn(await ask(parameters), ANN, 'accept', tenant.origin);
  /** The fields that the browser posts to the application. */
  const posted = (page: Page) => {
    const [form] = forms(page);
    expect(form?.action.href, page.body).to.equal(CALLBACK);
    return form?.fields ?? {};
  };
  const refused = (page: Page) => {
    const url = new URL(page.headers.location ?? '');
    return Object.fromEntries([...url.searchParams, ...new URLSearchParams(url.hash.slice(1))]);
  };

  it('posts an ID token with the nonce and the claims of its scopes, and nothing else', async () => {
    const fields = posted(await logIn());
    expect(fields).to.have.all.keys('id_token', 'state');
    expect(fields.state).to.equal('the-state');
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', tenant.origin));
    const { payload } = await jwtVerify(fields.id_token ?? '', keys, {
      issuer: tenant.issuer,
      audience: 'Sample',
    });
    expect(payload).to.include({ nonce: 'the-nonce', email: ANN.email, name: 'Ann Archer' });
    expect(payload.sid).to.be.a('string');
    expect(test.last('token issued')).to.include({ grant_type: 'implicit', client_id: 'Sample' });
    expect(test.last('token issued')?.tokens).to.deep.equal(['id_token']);
    const again = posted(await ask({ prompt: 'none' }));
    expect(decode(again.id_token).payload.sub).to.equal(payload.sub);
  });

  it('ends with a logout that its ID token asks for', async () => {
    const { id_token = '' } = posted(await logIn());
    const end = await client.browser.get(
      `${tenant.origin}/oidc/logout?${new URLSearchParams({ id_token_hint: id_token })}`,
    );
    expect(end.status).to.equal(200);
    expect(posted(await ask({ prompt: 'none' })).error).to.equal('login_required');
  });

  it('leaves nothing in memory for what comes after it', async () => {
    await logIn();
    posted(await ask());
    const before = tenant.size();
    for (let i = 0; i < 5; i++) posted(await ask());
    expect(tenant.size()).to.equal(before);
  });

  it('works beside the code flow of the same application, and by a pushed request', async () => {
    const settings = tenant.settings();
    posted(await logIn({ client_id: 'Both' }));
    const credentials = test.credentials('BOTH');
    const url = await client.callback({ client_id: 'Both' });
    const { status, body } = await client.redeem(url.searchParams.get('code') ?? '', credentials);
    expect([status, body.refresh_token !== undefined]).to.deep.equal([200, true]);
    const parameters = client.authorizeUrl({ ...SAMPLE, client_id: 'Both' }).searchParams;
    parameters.set('client_secret', settings.CLIENT_SECRET__BOTH ?? '');
    const pushed = await fetch(new URL('/oauth/par', tenant.origin), { method: 'POST', body: parameters });
    const { request_uri } = (await pushed.json()) as { request_uri: string };
    const page = await client.browser.get(
      `${tenant.origin}/authorize?${new URLSearchParams({ client_id: 'Both', request_uri })}`,
    );
    expect(posted(page)).to.include.keys('id_token');
  });

  it('refuses an application without the grant, as Auth0 does, where the application asked for the answer', async () => {
    const answer = { error: 'unauthorized_client', state: 'the-state' };
    const implicit = "Grant type 'implicit' not allowed for the client.";
    expect(posted(await ask({ client_id: 'Web' }))).to.include({ ...answer, error_description: implicit });
    for (const response_mode of ['fragment', undefined])
      expect(refused(await ask({ client_id: 'Web', response_mode }))).to.include({
        ...answer,
        error_description: implicit,
      });
    expect(refused(await ask({ response_type: 'code', response_mode: undefined }))).to.include({
      ...answer,
      error_description: "Grant type 'authorization_code' not allowed for the client.",
    });
    expect(test.last('authorization refused')).to.include({ error: 'unauthorized_client' });
  });

  it('serves nothing else of the implicit flow, and no hybrid', async () => {
    for (const response_mode of ['fragment', undefined, 'query'])
      expect(refused(await ask({ response_mode })), response_mode).to.include({ error: 'invalid_request' });
    for (const response_type of ['token', 'id_token token', 'code id_token', 'code token', 'none'])
      for (const client_id of ['Sample', 'Both'])
        for (const response_mode of ['form_post', undefined]) {
          const page = await ask({ client_id, response_type, response_mode });
          const answer = page.headers.location ? refused(page) : posted(page);
          expect(answer, response_type).to.include({ error: 'unsupported_response_type' });
          expect(answer).to.not.have.any.keys('id_token', 'access_token', 'code');
        }
  });

  it('wants a nonce and the scope openid', async () => {
    expect(posted(await ask({ nonce: undefined }))).to.include({
      error: 'invalid_request',
      error_description: "missing required parameter 'nonce'",
    });
    expect(posted(await ask({ scope: 'email' })).error_description).to.include('openid');
  });

  it('gives no refresh token and no access token, whatever is asked for', async () => {
    const page = await logIn({
      client_id: 'Both',
      scope: 'openid offline_access read:appointments',
      audience: 'https://appointments.example/api',
    });
    expect(posted(page)).to.have.all.keys('id_token', 'state');
  });

  it('is listed by discovery and on the start page', async () => {
    const response = await fetch(new URL('/.well-known/openid-configuration', tenant.origin));
    const metadata = (await response.json()) as Record<string, string[]>;
    expect(metadata.response_types_supported).to.deep.equal(['code', 'id_token']);
    expect(metadata.response_modes_supported).to.include('form_post');
    expect(metadata.grant_types_supported).to.include('implicit');
    const { applications } = tenant.overview();
    expect(applications.find(({ name }) => name === 'Sample')?.grant_types).to.deep.equal(['implicit']);
  });

  it('lets Actions change the ID token, deny, and say what they do in vain', async () => {
    fs.writeFileSync(
      path.join(test.folder, 'claims.js'),
      `exports.onExecutePostLogin = async (event, api) => {
        if (event.transaction.state === 'denied') return api.access.deny('not you');
        api.idToken.setCustomClaim('https://a.example/protocol', event.transaction.protocol);
        api.accessToken.setCustomClaim('https://a.example/vain', 1);
      };`,
    );
    fs.appendFileSync(
      path.join(test.folder, 'tenant.yaml'),
      `
actions: [{ name: Claims, code: ./claims.js, deployed: true, supported_triggers: [{ id: post-login, version: v3 }] }]
triggers: { post-login: [{ action_name: Claims, display_name: Claims }] }
`,
    );
    await tenant.reload();
    const { payload } = decode(posted(await logIn()).id_token);
    expect(payload['https://a.example/protocol']).to.equal('oidc-implicit-profile');
    expect(test.last('action hint')?.reason).to.include('gives no access token');
    expect(posted(await ask({ state: 'denied' }))).to.include({
      error: 'access_denied',
      error_description: 'not you',
    });
  });
});
