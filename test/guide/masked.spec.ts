import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { RunningGuide } from '../../shared/guide';
import { Wire } from '../../shared/guide/wire/wire';
import { maskBody, maskUrl, Recorder } from '../../shared/recorder';
import { maskMessages } from '../../shared/recorder/masks';
import { isSecretName } from '../../shared/recorder/secrets';
import { managementAccount } from '../../shared/tenant/management/system-api';
import { listOf, mermaidOf } from '../../shared/workshop/flow/diagram';
import { wholeMessage } from '../../shared/workshop/flow/whole';
import { AUDIENCE } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { temporaryFolder } from '../support/workshop';
import { startBareGuide } from './in-process';

/** No two are alike, so that a mask that is missing is found by its place. */
const SECRET = (where: string) => `s3cret'of ${where.replace(/[^a-z]+/gi, '-')}-end`;
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

interface Case {
  method?: string;
  at: string;
  headers?: Record<string, string>;
  body?: string;
}
const form = (fields: Record<string, string>) => ({
  method: 'POST',
  headers: { 'content-type': FORM },
  body: new URLSearchParams(fields).toString(),
});
const json = (method: string, body: unknown) => ({
  method,
  headers: { 'content-type': JSON_TYPE },
  body: JSON.stringify(body),
});

/** Where secrets cross the wire, each as it is sent. */
const CASES: Record<string, (secret: string) => Case> = {
  'client secret in a form': (secret) => ({ at: '/oauth/token', ...form({ client_secret: secret }) }),
  'client secret in JSON': (secret) => ({ at: '/oauth/token', ...json('POST', { client_secret: secret }) }),
  'client secret in the header': (secret) => ({
    at: '/oauth/token',
    ...form({ grant_type: 'x' }),
    headers: {
      'content-type': FORM,
      authorization: `Basic ${Buffer.from(`web:${encodeURIComponent(secret)}`).toString('base64')}`,
    },
  }),
  'Basic without a name': (secret) => ({
    at: '/userinfo',
    headers: { authorization: `Basic ${Buffer.from(secret).toString('base64')}` },
  }),
  'token without a scheme': (secret) => ({
    at: '/userinfo',
    headers: { authorization: secret.replace(/[' ]/g, '_') },
  }),
  'Bearer in the query': (secret) => ({ at: `/userinfo?access_token=${encodeURIComponent(secret)}` }),
  'token in an address within an address': (secret) => ({
    at: `/v2/logout?${new URLSearchParams({ returnTo: `http://x/?${new URLSearchParams({ refresh_token: secret })}` })}`,
  }),
  'token in an address within a form': (secret) => ({
    at: '/oauth/token',
    ...form({ redirect_uri: `http://x/#${new URLSearchParams({ a: 'b#c', access_token: secret })}` }),
  }),
  'token in an address within an address within another one': (secret) => ({
    at: `/v2/logout?${new URLSearchParams({
      returnTo: `/login?${new URLSearchParams({ returnTo: `/x?${new URLSearchParams({ access_token: secret })}` })}`,
    })}`,
  }),
  'token in an address within JSON': (secret) => ({
    at: '/oauth/token',
    ...json('POST', { redirect_uri: `http://x/?${new URLSearchParams({ access_token: secret })}` }),
  }),
  'secret in a form within a parameter': (secret) => ({
    at: `/authorize?${new URLSearchParams({ x: new URLSearchParams({ client_secret: secret }).toString() })}`,
  }),
  'secret in JSON within a parameter': (secret) => ({
    at: `/authorize?${new URLSearchParams({ claims: JSON.stringify({ a: [{ client_secret: secret }] }) })}`,
  }),
  'device code': (secret) => ({ at: '/oauth/token', ...form({ device_code: secret }) }),
  'subject token': (secret) => ({ at: '/oauth/token', ...form({ subject_token: secret }) }),
  assertion: (secret) => ({ at: '/oauth/token', ...form({ assertion: secret }) }),
  'logout token': (secret) => ({ at: '/oidc/logout', ...form({ logout_token: secret }) }),
  'ID token as a hint': (secret) => ({ at: `/oidc/logout?id_token_hint=${encodeURIComponent(secret)}` }),
  'pushed request': (secret) => ({
    at: `/authorize?client_id=x&request_uri=${encodeURIComponent(`urn:x:${secret}`)}`,
  }),
  proof: (secret) => ({ at: '/userinfo', headers: { dpop: secret } }),
  'key in a header': (secret) => ({ at: '/userinfo', headers: { 'x-api-key': secret } }),
  cookie: (secret) => ({ at: '/', headers: { cookie: `a=${encodeURIComponent(secret)}` } }),
  'answer of a SAML identity provider': (secret) => ({
    at: '/login/callback',
    ...form({ SAMLResponse: secret, RelayState: 'x' }),
  }),
  'session token in a query': (secret) => ({
    at: `/continue?state=x&session_token=${encodeURIComponent(secret)}`,
  }),
  'session token in a form': (secret) => ({ at: '/continue', ...form({ session_token: secret }) }),
  password: (secret) => ({ at: '/u/login/x', ...form({ password: secret }) }),
  'password within brackets': (secret) => ({ at: '/u/login/x', ...form({ 'user[password]': secret }) }),
  'password in a form with files': (secret) => ({
    method: 'POST',
    at: '/u/login/x',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: `--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret}\r\n--x--\r\n`,
  }),
  'secret in JSON that was cut off': (secret) => ({
    at: '/oauth/token',
    method: 'POST',
    headers: { 'content-type': JSON_TYPE },
    body: `{"a":1,"client_secret":${JSON.stringify(secret)}`,
  }),
  'secret at the end of JSON that was cut off': (secret) => ({
    at: '/oauth/token',
    method: 'POST',
    headers: { 'content-type': JSON_TYPE },
    body: `{"client_secret":"${secret}`,
  }),
  'secret in a page': (secret) => ({
    at: '/oauth/token',
    method: 'POST',
    headers: { 'content-type': 'text/html' },
    body: `<input type="hidden" name="csrf_token" value="${secret}">`,
  }),
  'new user’s password': (secret) => ({
    at: '/api/v2/users',
    ...json('POST', { email: 'x@example.com', password: secret }),
  }),
  'password hash': (secret) => ({
    at: '/api/v2/users',
    ...json('POST', {
      custom_password_hash: { algorithm: 'sha1', hash: { value: secret, encoding: 'hex' } },
    }),
  }),
  'salt of a password hash': (secret) => ({
    at: '/api/v2/users',
    ...json('POST', {
      custom_password_hash: { algorithm: 'sha1', salt: { value: secret, position: 'prefix' } },
    }),
  }),
  'bcrypt hash': (secret) => ({ at: '/api/v2/users', ...json('POST', { password_hash: secret }) }),
  'changed password': (secret) => ({
    at: '/api/v2/users/auth0%7Cann',
    ...json('PATCH', { password: secret }),
  }),
  'client’s own secret': (secret) => ({
    at: '/api/v2/clients',
    ...json('POST', { name: 'x', client_secret: secret }),
  }),
  'signing secret of an API': (secret) => ({
    at: '/api/v2/resource-servers',
    ...json('POST', { name: 'x', signing_secret: secret }),
  }),
  'connection’s client secret': (secret) => ({
    at: '/api/v2/connections',
    ...json('POST', { name: 'x', strategy: 'google-oauth2', options: { client_secret: secret } }),
  }),
  'connection’s keys': (secret) => ({
    at: '/api/v2/connections',
    ...json('POST', {
      name: 'x',
      options: { signing_key: { key: 'k', value: secret }, decryptionKey: secret },
    }),
  }),
  'Action secret': (secret) => ({
    at: '/api/v2/actions/actions',
    ...json('POST', { name: 'x', secrets: [{ name: 'SPACE', value: secret }] }),
  }),
  'Hook secret': (secret) => ({
    at: '/api/v2/hooks',
    ...json('POST', { name: 'x', secrets: { SPACE: secret } }),
  }),
  'Hook secret of its own': (secret) => ({
    at: '/api/v2/hooks/x/secrets',
    ...json('PATCH', { SPACE: secret }),
  }),
  'value of a rules config': (secret) => ({
    at: '/api/v2/rules-configs/SPACE',
    ...json('PUT', { value: secret }),
  }),
};

describe('a secret on the wire', () => {
  const { folder, remove } = temporaryFolder();
  const file = path.join(folder, 'wire.jsonl');
  const wire = new Wire({ file, whole: 1000 });
  const archived = new Wire({ file: path.join(folder, 'old.jsonl'), whole: 0 });
  const recorder = new Recorder({
    onChange: (message) => {
      wire.add(message);
    },
  });
  let test: TestTenant;
  let guide: RunningGuide;
  let authorization: string;
  before(async () => {
    test = await startTestTenant({ wrap: recorder.wrap('tenant') });
    const { tenant } = test;
    guide = await startBareGuide({
      wire,
      tenant,
      places: { issuer: tenant.issuer, api: 'http://localhost:4002', audience: AUDIENCE },
    });
    const account = await managementAccount(path.join(test.folder, 'data'));
    const answer = await fetch(`${tenant.issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        audience: `${tenant.issuer}api/v2/`,
        ...account,
      }),
    });
    authorization = `Bearer ${((await answer.json()) as { access_token: string }).access_token}`;
  });
  after(async () => {
    await guide?.close();
    await test?.close();
    remove();
  });

  /** In every way in which it could be written. */
  const forms = (secret: string) => [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ s: secret }).toString().slice(2),
    Buffer.from(secret).toString('base64'),
    secret.replace(/[' ]/g, '_'),
    encodeURIComponent(secret).replaceAll("'", '%27'),
    Buffer.from(`web:${encodeURIComponent(secret)}`).toString('base64'),
    encodeURIComponent(encodeURIComponent(secret)),
    encodeURIComponent(encodeURIComponent(encodeURIComponent(secret))),
    encodeURIComponent(new URLSearchParams({ s: secret }).toString().slice(2)),
    encodeURIComponent(encodeURIComponent(new URLSearchParams({ s: secret }).toString().slice(2))),
    secret.slice(6),
  ];

  for (const [what, make] of Object.entries(CASES))
    it(`is masked wherever it is shown or written: ${what}`, async () => {
      const secret = SECRET(what);
      const { at, ...how } = make(secret);
      const headers = { ...(at.startsWith('/api/v2/') ? { authorization } : {}), ...how.headers };
      await fetch(`${test.tenant.origin}${at}`, { ...how, headers, redirect: 'manual' });
      const message = recorder.messages.at(-1);
      if (!message) throw new Error('it was not recorded');
      expect(
        JSON.stringify([message.url.href, message.requestHeaders, message.requestBody]),
        'it is in the message',
      ).to.satisfy((text: string) =>
        forms(secret).some((one) => text.includes(one) || text.includes(JSON.stringify(one).slice(1, -1))),
      );
      const n = wire.entries.at(-1)?.n;
      const shown = maskMessages([message]).map((one) => ({ ...one, n: 1 }));
      archived.add({ ...message });
      const page = async (where: string) => (await fetch(guide.origin + where)).text();
      const texts = {
        'the recording': JSON.stringify(shown),
        'the diagram': mermaidOf(shown, 1000) + listOf(shown),
        'a message by flow': shown.map((one) => wholeMessage(one, { all: true })).join(''),
        'the output of checks': [
          maskUrl(message.url),
          maskBody(message.requestBody, message.url.pathname),
        ].join('\n'),
        'the page of the message': await page(`/wire/${n}`),
        'the page of all messages': await page('/wire'),
        'the export as a diagram': await page('/wire/export.mmd'),
        'the export as a script': await page('/wire/export.sh'),
        'the file of old messages': fs.readFileSync(path.join(folder, 'old.jsonl'), 'utf8'),
      };
      for (const [where, text] of Object.entries(texts))
        for (const one of forms(secret))
          expect(text, where).not.to.include(one).and.not.include(JSON.stringify(one).slice(1, -1));
    });

  it('is masked under every name and behind every escape, once its own name has revealed it', async () => {
    const run = 'S3cret_of-long/runs+Behind_an_escape=and_its-tail';
    const jwt = [{ alg: 'none' }, { sub: 'behind an escape' }, { its: 'signature' }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const send = (at: string, how?: RequestInit) =>
      fetch(test.tenant.origin + at, { redirect: 'manual', ...how });
    const first = recorder.messages.length;
    await send('/oauth/token', form({ client_secret: run }));
    for (const revealed of [run, jwt])
      for (const text of [
        `=${revealed}`,
        `a=${revealed}`,
        `\n${revealed}`,
        `"${revealed}"`,
        `\u001b${revealed}`,
      ]) {
        await send(`/authorize?x=${encodeURIComponent(text)}`);
        await send(`/authorize?x=${encodeURIComponent(encodeURIComponent(text))}`);
        await send('/oauth/token', form({ grant_type: text }));
        await send('/oauth/token', json('POST', { grant_type: text, x: [text] }));
      }
    const messages = recorder.messages.slice(first);
    const ns = wire.entries.slice(-messages.length).map(({ n }) => n);
    const shown = maskMessages(messages).map((one, i) => ({ ...one, n: i + 1 }));
    const pages = ['/wire/export.mmd', '/wire/export.sh', ...ns.map((n) => `/wire/${n}`)];
    const texts = await Promise.all(
      pages.map(async (where) => [where, await (await fetch(guide.origin + where)).text()] as const),
    );
    const parts = [...run.split(/[/+=]/), ...jwt.split('.').slice(1)];
    for (const [where, text] of [['the recording', JSON.stringify(shown)] as const, ...texts])
      for (const part of parts.filter(({ length }) => length >= 16)) expect(text, where).not.to.include(part);
  });

  it('leaves an address an address, whatever scheme, user or half a character is in it', () => {
    const shownOf = (href: string, body = '') =>
      maskMessages([
        {
          from: 'app',
          to: 'tenant',
          method: 'POST',
          url: new URL(href),
          requestHeaders: { 'content-type': FORM },
          requestBody: body,
          responseHeaders: {},
          responseBody: '',
          status: 0,
          at: 0,
          ms: 0,
        },
      ])[0];
    expect(shownOf('ab: c')?.url).to.equal('ab: c');
    expect(shownOf('http://user@localhost:3000/path?code=abcdefgh')?.url).to.equal(
      'http://user@localhost:3000/path?code=…',
    );
    expect(shownOf('http://a/', 'x=\ud800%3Fclient_secret%3Dabcdefgh')?.requestBody).not.to.include(
      'abcdefgh',
    );
  });

  it('is recognized by its name, however that is spelled, and nothing else is taken for one', () => {
    for (const name of [
      'client_secret',
      'clientSecret',
      'Client-Secret',
      'access_token',
      'newPassword',
      'confirm_password',
      'x-api-key',
      'SAMLResponse',
      'session_token',
      'code_verifier',
      'registration_access_token',
      'private_key',
      'otp',
      'mfa_token',
    ])
      expect(isSecretName(name), name).to.equal(true);
    for (const name of [
      'token_type',
      'expires_in',
      'client_id',
      'state',
      'nonce',
      'code_challenge',
      'redirect_uri',
      'scope',
      'token_endpoint',
      'token_lifetime',
      'grant_type',
      'password_policy',
      'email',
      'RelayState',
      'refresh_tokens',
    ])
      expect(isSecretName(name), name).to.equal(false);
    expect(isSecretName('code'), 'an authorization code').to.equal(true);
    expect(isSecretName('code', '/api/v2/actions/actions'), 'the code of an Action').to.equal(false);
  });
});
