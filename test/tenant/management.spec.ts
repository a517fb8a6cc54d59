import fs from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { ManagementClient } from 'auth0';
import { expect } from 'chai';
import { ROOT } from '../../shared/steps/layers';
import { MANAGEMENT_SCOPES } from '../../shared/tenant/management/scopes';
import { AUDIENCE } from '../support/client';
import { command } from '../support/command';
import { type Managed, startManaged } from '../support/management';
import { YAML } from '../support/tenant';
import { ANN, temporaryFolder } from '../support/workshop';

/** Two applications that may do something at the Management API, and one that may not. */
const GRANTS = `${YAML}
  # Written for whatever tenant it is.
`.replace(
  'clientGrants:\n',
  `clientGrants:
  - { client_id: Machine, audience: "https://##AUTH0_DOMAIN##/api/v2/", scope: ["read:clients", "read:users"] }
`,
);

describe('the Management API', () => {
  let managed: Managed;
  before(async () => {
    managed = await startManaged(GRANTS);
  });
  after(() => managed?.close());

  const machine = () => {
    const { CLIENT_ID__MACHINE = '', CLIENT_SECRET__MACHINE = '' } = managed.tenant.settings();
    return { client_id: CLIENT_ID__MACHINE, client_secret: CLIENT_SECRET__MACHINE };
  };

  describe('lets in', () => {
    it('an application that tenant.yaml grants it, for what is granted', async () => {
      const { body } = await managed.token(machine());
      expect(body.scope).to.equal('read:clients read:users');
      const headers = { authorization: `Bearer ${body.access_token}` };
      expect((await managed.call('GET', '/clients', undefined, headers)).status).to.equal(200);
      const refused = await managed.call('PATCH', '/clients/Web', { description: 'x' }, headers);
      expect(refused).to.deep.include({
        status: 403,
        body: {
          statusCode: 403,
          error: 'Forbidden',
          message: 'Insufficient scope, expected any of: update:clients',
          errorCode: 'insufficient_scope',
        },
      });
      expect(managed.last('management refused')).to.include({
        client_id: machine().client_id,
        call: 'PATCH /api/v2/clients/Web',
        status: 403,
      });
      expect(managed.yaml()).to.equal(GRANTS);
    });

    it('shows no application’s secret to whoever may only read applications', async () => {
      const { body } = await managed.token(machine());
      const headers = { authorization: `Bearer ${body.access_token}` };
      const bare = await managed.call('GET', '/clients/Web', undefined, headers);
      expect(bare.body).not.to.have.property('client_secret');
      const { CLIENT_SECRET__WEB } = managed.tenant.settings();
      expect((await managed.call('GET', '/clients/Web')).body).to.have.property(
        'client_secret',
        CLIENT_SECRET__WEB,
      );
    });
  });

  describe('refuses', () => {
    const bearer = async (headers: Record<string, string>, at = '/clients') => {
      const { status, body } = await managed.call('GET', at, undefined, headers);
      return {
        status,
        message: (body as { message: string }).message,
        reason: managed.last('management refused')?.reason,
      };
    };

    it('whoever has no token, or one that is no good', async () => {
      expect(await bearer({ authorization: '' })).to.deep.equal({
        status: 401,
        message: 'Missing authentication',
        reason: 'no Bearer token was sent',
      });
      const { body } = await managed.token();
      const [head, , signature] = String(body.access_token).split('.');
      const forged = Buffer.from(
        JSON.stringify({ iss: managed.tenant.issuer, sub: 'x@clients', azp: 'x', exp: 9e9 }),
      ).toString('base64url');
      expect(await bearer({ authorization: `Bearer ${head}.${forged}.${signature}` })).to.deep.equal({
        status: 401,
        message: 'Invalid token',
        reason: 'the access token is malformed or its signature is not right',
      });
    });

    it('a token for another API', async () => {
      const { body } = await managed.token({ ...machine(), audience: AUDIENCE });
      const { status, reason } = await bearer({ authorization: `Bearer ${body.access_token}` });
      expect(status).to.equal(401);
      expect(reason).to.include('aud does not fit');
    });

    it('to give a token to an application without a grant, and to any user', async () => {
      const { CLIENT_ID__WEB = '', CLIENT_SECRET__WEB = '' } = managed.tenant.settings();
      const web = { client_id: CLIENT_ID__WEB, client_secret: CLIENT_SECRET__WEB };
      expect((await managed.token(web)).body).to.include({ error: 'unauthorized_client' });
      const response = await managed.fetch(
        `${managed.tenant.issuer}authorize?${new URLSearchParams({
          client_id: CLIENT_ID__WEB,
          response_type: 'code',
          redirect_uri: 'http://localhost:3000/callback',
          audience: `${managed.tenant.issuer}api/v2/`,
          scope: 'openid update:clients',
        })}`,
      );
      expect(response.headers.get('location')).to.match(/^http:\/\/localhost:3000\/callback\?error=/);
      expect(managed.last('authorization refused')?.reason).to.include('deny_all');
    });

    it('a page in a browser, with a token too, and another name for this machine', async () => {
      const { body } = await managed.token();
      const authorization = `Bearer ${body.access_token}`;
      for (const headers of [
        { origin: 'https://evil.example' },
        { 'sec-fetch-site': 'cross-site' },
        { host: 'evil.example' },
      ] as Record<string, string>[]) {
        const { status, message } = await bearer({ authorization, ...headers });
        expect({ status, message }, JSON.stringify(headers)).to.deep.equal({
          status: 403,
          message:
            'The Management API is for programs: it answers no page in a browser, and no other name than this machine’s own',
        });
      }
      const preflight = await managed.fetch(`${managed.tenant.issuer}api/v2/clients`, {
        method: 'OPTIONS',
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
      });
      expect(preflight.headers.has('access-control-allow-origin')).to.equal(false);
    });

    it('what it does not know, in words', async () => {
      expect((await managed.call('GET', '/clients/Nobody')).body).to.include({
        statusCode: 404,
        errorCode: 'inexistent_client',
      });
      expect((await managed.call('GET', '/branding')).body).to.include({
        message: 'Insufficient scope, expected any of: read:branding',
      });
      expect((await managed.call('GET', '/attack-protection/captcha')).body).to.include({
        statusCode: 403,
        errorCode: 'feature_not_enabled',
      });
      expect((await managed.call('GET', '/nothing')).status).to.equal(404);
      expect((await managed.call('GET', '/clients?per_page=x')).body).to.include({
        message: "Query validation error: 'per_page' must be a whole number from 0 to 100",
      });
    });

    it('an edit that would make tenant.yaml wrong, and names the field', async () => {
      const before = managed.yaml();
      const wrong = async (method: string, at: string, body: object) =>
        (await managed.call(method, at, body)).body as { statusCode: number; message: string };
      expect(await wrong('POST', '/clients', { name: 'New', callbacks: ['nonsense'] })).to.include({
        statusCode: 400,
        message:
          "Payload validation error: 'callbacks[0]' must be an absolute URL without fragment, such as http://localhost:3000/callback (wildcards are not supported)",
      });
      expect((await wrong('PATCH', '/clients/Web', { nonsense: 1 })).message).to.include(
        "'nonsense' is not known",
      );
      expect((await wrong('POST', '/clients', { app_type: 'spa' })).message).to.include('property: name');
      expect((await wrong('PATCH', '/clients/Web', { client_id: 'x' })).message).to.include(
        'not allowed: client_id',
      );
      expect(await wrong('POST', '/clients', { name: 'Web' })).to.include({ statusCode: 409 });
      expect(await wrong('POST', '/resource-servers', { name: 'x', identifier: AUDIENCE })).to.include({
        statusCode: 409,
      });
      expect(
        await wrong('POST', '/client-grants', { client_id: 'Web', audience: 'urn:none', scope: [] }),
      ).to.include({ statusCode: 400 });
      expect(managed.yaml()).to.equal(before);
    });

    it('a placeholder, by which the tenant’s environment could be read', async () => {
      const { body } = await managed.call('PATCH', '/clients/Web', { description: '##HOME##' });
      expect(body).to.include({ statusCode: 400 });
      expect((body as { message: string }).message).to.include('##HOME## is a placeholder');
      const others: [method: string, at: string, body: object][] = [
        ['PATCH', '/clients/Web', { client_metadata: { '##HOME##': 'x' } }],
        ['PATCH', '/clients/Web', { client_metadata: { a: '@@HOME@@' } }],
        ['PATCH', '/clients/Web', { description: '\uE000HOME\uE002' }],
        [
          'POST',
          '/actions/actions',
          { name: 'Reads', supported_triggers: [{ id: 'post-login' }], code: 'const home = "##HOME##";' },
        ],
      ];
      const before = managed.yaml();
      for (const [method, at, sent] of others) {
        const answer = await managed.call(method, at, sent);
        expect(answer.status, JSON.stringify(sent)).to.equal(400);
        expect((answer.body as { message: string }).message).to.match(/is a placeholder/);
      }
      expect(managed.yaml()).to.equal(before);
      expect(fs.existsSync(path.join(managed.folder, 'actions/Reads.js'))).to.equal(false);
    });

    it('what could not be read again from the file, in words and not with 500', async () => {
      const deep = JSON.parse(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`);
      for (const [body, words] of [
        [{ client_metadata: deep }, 'levels of objects'],
        ['{"client_metadata":{"__proto__":{"a":1}}}', '__proto__'],
      ] as const) {
        const { status, body: answer } = await managed.call('PATCH', '/clients/Web', body);
        expect(status, words).to.equal(400);
        expect((answer as { message: string }).message).to.include(words);
      }
    });

    // The last one: the token that the others share is dead after it.
    it('a token that it took before, once the key that signed it is revoked', async () => {
      const { body } = await managed.token();
      const headers = { authorization: `Bearer ${body.access_token}` };
      const read = async () => (await managed.call('GET', '/clients', undefined, headers)).status;
      expect(await read()).to.equal(200);
      await managed.tenant.rotateKeys();
      expect(await read(), 'the previous key is still published').to.equal(200);
      await managed.tenant.revokePreviousKey();
      expect(await bearer(headers)).to.deep.include({ status: 401, message: 'Invalid token' });
    });
  });
});

describe('docs/management-api.md', () => {
  const doc = fs.readFileSync(path.join(ROOT, 'docs', 'management-api.md'), 'utf8');

  it('names every area for which there are scopes, and no other', () => {
    const table = doc.slice(doc.indexOf('## Areas, scopes and paths'));
    const named = table
      .split('\n')
      .flatMap((row) => [...(row.split(' | ')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, area]) => area));
    const areas = new Set(MANAGEMENT_SCOPES.map((scope) => scope.split(':')[1]));
    expect(named.sort()).to.deep.equal([...areas].sort());
  });

  it('has a command that prints what Auth0’s tools want, before the first start too', async () => {
    const { folder, remove } = temporaryFolder();
    const data = path.join(folder, 'with spaces');
    let managed: Managed | undefined;
    try {
      const flags = ['--https', '--port', '4901', '--data', data];
      const { code, stdout, stderr } = await command('shared/workshop/tenant.ts', ['management', ...flags])
        .ended;
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      const lines = parseEnv(stdout);
      expect(lines).to.include({
        AUTH0_DOMAIN: 'localhost:4901',
        AUTH0_AUDIENCE: 'https://localhost:4901/api/v2/',
      });
      expect(lines.NODE_EXTRA_CA_CERTS).to.equal(path.join(data, 'local-authority.pem'));
      for (const name of Object.keys(lines)) expect(doc, name).to.include(name);
      managed = await startManaged(YAML, { data });
      const { body } = await managed.token({
        client_id: lines.AUTH0_CLIENT_ID ?? '',
        client_secret: lines.AUTH0_CLIENT_SECRET ?? '',
      });
      expect(body).to.have.property('access_token');
    } finally {
      await managed?.close();
      remove();
    }
  });
});

describe('Auth0’s Node SDK against the local tenant', () => {
  let managed: Managed;
  let sdk: ManagementClient;
  before(async () => {
    managed = await startManaged(YAML);
    const { body } = await managed.token();
    sdk = new ManagementClient({
      domain: managed.domain,
      token: body.access_token ?? '',
      fetch: managed.fetch,
      maxRetries: 0,
    });
  });
  after(() => managed?.close());

  it('lists, makes, reads, changes and deletes APIs', async () => {
    const made = await sdk.resourceServers.create({
      name: 'Books',
      identifier: 'urn:books',
      scopes: [{ value: 'read:books' }],
    });
    expect(made).to.include({ name: 'Books', token_lifetime: 86_400 });
    expect(await sdk.resourceServers.get('urn:books')).to.deep.equal(
      await sdk.resourceServers.get(made.id ?? ''),
    );
    await sdk.resourceServers.update(made.id ?? '', { token_lifetime: 60 });
    expect((await sdk.resourceServers.get(made.id ?? '')).token_lifetime).to.equal(60);
    const { data } = await sdk.resourceServers.list({ per_page: 1, page: 2 });
    expect(data.map(({ identifier }) => identifier)).to.deep.equal(['urn:books']);
    await sdk.resourceServers.delete(made.id ?? '');
    const gone = await sdk.resourceServers.get('urn:books').catch((error: unknown) => error);
    expect(gone).to.include({ statusCode: 404 });
  });

  it('shows the Management API among the others, and lets nobody change it', async () => {
    const { data } = await sdk.resourceServers.list();
    const own = data.find(({ is_system }) => is_system);
    expect(own).to.include({ name: 'Auth0 Management API', identifier: `${managed.tenant.issuer}api/v2/` });
    const refused = await sdk.resourceServers.delete(own?.id ?? '').catch((error: unknown) => error);
    expect(refused).to.include({ statusCode: 403 });
    expect(managed.tenant.overview().endpoints.map(({ url }) => url)).to.include(own?.identifier);
  });

  it('makes an application that can get tokens at once, rotates its secret, and keeps its ID under another name', async () => {
    const made = await sdk.clients.create({
      name: 'Robot',
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
    });
    const grant = await sdk.clientGrants.create({
      client_id: made.client_id ?? '',
      audience: AUDIENCE,
      scope: ['read:appointments'],
    });
    expect(grant).to.include({ client_id: made.client_id, audience: AUDIENCE });
    const robot = { client_id: made.client_id ?? '', audience: AUDIENCE };
    const first = { ...robot, client_secret: made.client_secret ?? '' };
    expect(await managed.token(first)).to.deep.include({ status: 200 });

    const rotated = await sdk.clients.rotateSecret(made.client_id ?? '');
    expect(rotated.client_secret).not.to.equal(made.client_secret);
    expect((await managed.token(first)).body).to.include({ error: 'invalid_client' });
    const second = { ...robot, client_secret: rotated.client_secret ?? '' };
    expect((await managed.token(second)).status).to.equal(200);

    await sdk.clients.update(made.client_id ?? '', { name: 'Android' });
    expect((await managed.token(second)).status).to.equal(200);
    expect(managed.yaml()).to.include('client_id: Robot').and.to.include('client_id: Android');
    expect(managed.yaml()).not.to.include(rotated.client_secret ?? '');
    await sdk.clients.delete(made.client_id ?? '');
    expect((await managed.token(second)).body).to.include({ error: 'invalid_client' });
    expect(managed.yaml()).to.equal(YAML);
  });

  it('goes through all pages, by number and by token', async () => {
    const names: string[] = [];
    for await (const client of await sdk.clients.list({ per_page: 2 })) names.push(client.name ?? '');
    expect(names).to.deep.equal(['Web', 'With leeway', 'Public', 'Code only', 'Machine']);
    for (const name of ['one', 'two']) await sdk.connections.create({ name, strategy: 'auth0' });
    const found: string[] = [];
    for await (const connection of await sdk.connections.list({ take: 1 })) found.push(connection.name ?? '');
    expect(found).to.deep.equal(['Username-Password-Authentication', 'one', 'two']);
  });

  it('finds connections by name and strategy, and switches them on for applications', async () => {
    const { data } = await sdk.connections.list({ name: 'one', strategy: ['auth0'] });
    expect(data.map(({ name }) => name)).to.deep.equal(['one']);
    expect((await sdk.connections.list({ strategy: ['google-oauth2'] })).data).to.deep.equal([]);
    const id = data[0]?.id ?? '';
    await sdk.connections.clients.update(id, [{ client_id: 'Web', status: true }]);
    expect((await sdk.connections.clients.get(id)).data).to.deep.equal([{ client_id: 'Web' }]);
    expect(managed.tenant.overview().applications[0]?.databases).to.include('one');
    await sdk.connections.delete(id);
    expect(managed.tenant.overview().applications[0]?.databases).not.to.include('one');
  });

  it('keeps a provider’s secret out of tenant.yaml', async () => {
    const made = await sdk.connections.create({
      name: 'google-oauth2',
      strategy: 'google-oauth2',
      options: { client_id: 'at-google', client_secret: 'secret-at-google' },
    });
    expect(managed.yaml())
      .to.include('##GOOGLE_OAUTH2_CLIENT_SECRET##')
      .and.not.to.include('secret-at-google');
    const { options } = (await sdk.connections.get(made.id ?? '')) as {
      options?: { client_secret?: string };
    };
    expect(options?.client_secret).to.equal('secret-at-google');
  });

  it('gives roles their permissions and users their roles', async () => {
    const role = await sdk.roles.create({ name: 'reader' });
    const id = role.id ?? '';
    const permission = { permission_name: 'read:appointments', resource_server_identifier: AUDIENCE };
    await sdk.roles.permissions.add(id, { permissions: [permission] });
    const ann = (await sdk.users.listUsersByEmail({ email: ANN.email }))[0]?.user_id ?? '';
    await sdk.users.roles.assign(ann, { roles: [id] });
    expect((await sdk.users.roles.list(ann)).data.map(({ name }) => name)).to.include('reader');
    expect((await sdk.roles.users.list(id)).data.map(({ email }) => email)).to.deep.equal([ANN.email]);
    expect((await sdk.users.permissions.list(ann)).data[0]).to.include(permission);
    await sdk.roles.update(id, { name: 'reading' });
    expect(
      (await sdk.users.roles.list(ann)).data.map(({ name, id: one }) => `${name} ${one === id}`),
    ).to.include('reading true');
    await sdk.users.roles.delete(ann, { roles: [id] });
    expect((await sdk.users.roles.list(ann)).data).to.deep.equal([]);
    await sdk.roles.permissions.delete(id, { permissions: [permission] });
    expect((await sdk.roles.permissions.list(id)).data).to.deep.equal([]);
    await sdk.roles.delete(id);
    expect((await sdk.roles.list()).data).to.deep.equal([]);
  });

  it('makes, finds, changes and deletes users', async () => {
    const connection = 'Username-Password-Authentication';
    const made = await sdk.users.create({ connection, email: 'eve@example.com', password: 'correct horse' });
    const id = made.user_id ?? '';
    expect(id).to.match(/^auth0\|/);
    expect(JSON.stringify(made)).not.to.match(/password|\$2/);
    const again = await sdk.users
      .create({ connection, email: 'EVE@example.com', password: 'correct horse' })
      .catch((error: unknown) => error);
    expect(again).to.include({ statusCode: 409 });
    await sdk.users.update(id, { app_metadata: { plan: 'gold' }, name: 'Eve' });
    const found = await sdk.users.list({ q: 'app_metadata.plan:gold AND email:eve*', search_engine: 'v3' });
    expect(found.data.map(({ name }) => name)).to.deep.equal(['Eve']);
    const odd = await sdk.users.list({ q: 'logins_count:[1 TO 5]' }).catch((error: unknown) => error);
    expect(odd).to.include({ statusCode: 400 });
    await sdk.users.delete(id);
    expect((await sdk.users.list({ q: 'name:Eve' })).data).to.deep.equal([]);
  });

  it('changes the tenant’s settings', async () => {
    await sdk.tenants.settings.update({ friendly_name: 'Course', session_lifetime: 1 });
    expect(await sdk.tenants.settings.get()).to.include({ friendly_name: 'Course', session_lifetime: 1 });
  });
});
