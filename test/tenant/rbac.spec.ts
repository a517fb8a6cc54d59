import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { startTenant } from '../../shared/tenant';
import type { TenantEvent } from '../../shared/tenant/events';
import { AUDIENCE, CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { ANN, BOB } from '../support/workshop';

const SCOPES = ['read:appointments', 'create:appointments', 'delete:appointments'];
const ASKED = `openid offline_access ${SCOPES.join(' ')}`;
const ANN_ID = 'auth0|a11ce0000000000000000001';

const api = (more: string) => `
  - name: Appointments API
    identifier: ${AUDIENCE}
    allow_offline_access: true
    scopes: [${SCOPES.map((value) => `{ value: "${value}" }`).join(', ')}]
    ${more}`;
const permissions = (...names: string[]) =>
  names
    .map((name) => `      - { permission_name: "${name}", resource_server_identifier: "${AUDIENCE}" }\n`)
    .join('');
const YAML = (more = 'enforce_policies: true') => `
resourceServers:${api(more)}
  - { name: Other, identifier: other, enforce_policies: true, scopes: [{ value: "read:appointments" }] }
clients:
  - name: Web
    callbacks: [${CALLBACK}]
    refresh_token: { rotation_type: rotating, expiration_type: expiring, leeway: 60 }
roles:
  - name: manager
    permissions:
${permissions(...SCOPES)}
  - name: assistant
    description: Answers the telephone
    permissions:
${permissions('read:appointments', 'create:appointments')}
  - name: auditor
    permissions:
${permissions('read:appointments')}
`;

describe('role-based access control', () => {
  let test: TestTenant;
  let client: Client;
  const file = (name: string) => path.join(test.folder, name);
  const configure = async (yaml: string) => {
    fs.writeFileSync(file('tenant.yaml'), yaml);
    await test.tenant.reload();
    expect(test.tenant.overview().problems).to.equal(undefined);
  };
  const assignments = (roles: Record<string, string[]>) =>
    JSON.stringify(Object.entries(roles).map(([email, names]) => ({ email, roles: names })));
  const assign = async (roles: Record<string, string[]>) => {
    fs.writeFileSync(file('user-roles.json'), assignments(roles));
    await test.tenant.reload();
  };
  before(async () => {
    test = await startTestTenant();
  });
  after(() => test?.close());
  beforeEach(async () => {
    const roles = { [ANN.email]: ['manager'], [BOB.email]: ['assistant'] };
    fs.writeFileSync(file('user-roles.json'), assignments(roles));
    await configure(YAML());
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());

  /** In a browser of its own, since there is one login in each. */
  const tokens = async (
    user: { email: string; password: string } = ANN,
    parameters: Record<string, string> = {},
  ) => {
    client.close();
    client = new Client(test.tenant);
    const url = await client.callback({ scope: ASKED, ...parameters }, user);
    const { status, body } = await client.redeem(url.searchParams.get('code') ?? '');
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const scopesOf = (token: string | undefined) => {
    const all = String(decode(token).payload.scope ?? '').split(' ');
    return SCOPES.filter((scope) => all.includes(scope));
  };
  const leftOut = (scope: string) =>
    test.tenant.events
      .recent()
      .findLast((event) => event.type === 'scope left out' && event.scope === scope) as
      | Extract<TenantEvent, { type: 'scope left out' }>
      | undefined;

  it('grants what was asked for and the user may do, in the token and in the answer', async () => {
    const manager = await tokens(ANN);
    expect(scopesOf(manager.access_token)).to.deep.equal(SCOPES);
    const assistant = await tokens(BOB);
    expect(scopesOf(assistant.access_token)).to.deep.equal(SCOPES.slice(0, 2));
    expect(assistant.scope?.split(' '))
      .to.include.members(['openid', 'offline_access', 'read:appointments'])
      .and.not.include('delete:appointments');
    const less = await tokens(BOB, { scope: 'openid read:appointments' });
    expect(scopesOf(less.access_token), 'not what was not asked for').to.deep.equal(['read:appointments']);
  });

  it('says in its log which role would have brought a scope that was cut', async () => {
    await tokens(BOB);
    expect(leftOut('delete:appointments')?.reason).to.equal(
      `the API ${AUDIENCE} enforces RBAC (enforce_policies), and no role of auth0|b0b000000000000000000002 (assistant) permits it; the role manager would`,
    );
    await assign({});
    await tokens(BOB);
    expect(leftOut('create:appointments')?.reason).to.match(
      /auth0\|b0b000000000000000000002 has no role; the role manager or assistant would$/,
    );
    await configure(YAML().replace(permissions(...SCOPES), permissions('read:appointments')));
    await tokens(BOB);
    expect(leftOut('delete:appointments')?.reason).to.match(/no role in tenant.yaml has it among/);
  });

  it('gives nothing of the API to a user without a role, and the login goes on', async () => {
    await assign({ [BOB.email]: ['assistant'] });
    const { access_token, id_token } = await tokens(ANN);
    expect(scopesOf(access_token)).to.deep.equal([]);
    expect(decode(access_token).payload.scope).to.equal('openid offline_access');
    expect(decode(id_token).payload.sub).to.equal(ANN_ID);
  });

  it('adds up the permissions of several roles, and counts no role that nobody defined', async () => {
    await assign({ [ANN.email]: ['auditor', 'assistant', 'emperor'] });
    expect(scopesOf((await tokens()).access_token)).to.deep.equal(SCOPES.slice(0, 2));
    expect(test.last('role assignment without effect')).to.include({ role: 'emperor' });
  });

  it('separates the permissions of one API from those of another', async () => {
    const { access_token } = await tokens(ANN, { audience: 'other', scope: 'openid read:appointments' });
    expect(decode(access_token).payload.scope).to.equal('openid');
  });

  it('is off by default: then every defined scope that is asked for is granted', async () => {
    await configure(YAML('enforce_policies: false'));
    await assign({});
    expect(scopesOf((await tokens(BOB)).access_token)).to.deep.equal(SCOPES);
  });

  it('counts at each refresh: a role taken away narrows the next token, and one given widens it again', async () => {
    const first = await tokens(ANN);
    await assign({ [ANN.email]: ['auditor'] });
    const narrow = await client.refresh(first.refresh_token);
    expect(scopesOf(narrow.body.access_token)).to.deep.equal(['read:appointments']);
    expect(leftOut('create:appointments')?.reason).to.include(`${ANN_ID} (auditor)`);
    await configure(YAML('enforce_policies: true\n    token_dialect: access_token_authz'));
    await assign({ [ANN.email]: ['assistant'] });
    const wide = await client.refresh(narrow.body.refresh_token);
    expect(scopesOf(wide.body.access_token)).to.deep.equal(SCOPES.slice(0, 2));
    expect(decode(wide.body.access_token).payload.permissions).to.deep.equal(SCOPES.slice(0, 2));
  });

  it('shows on the overview what a role permits and who has it', async () => {
    const { roles, users } = test.tenant.overview();
    expect(roles.map(({ name, users: who }) => [name, who])).to.deep.equal([
      ['manager', ['Ann Archer']],
      ['assistant', ['Bob Baker']],
      ['auditor', []],
    ]);
    expect(roles[1]?.permissions).to.deep.equal([{ api: AUDIENCE, scopes: SCOPES.slice(0, 2) }]);
    expect(users.map((user) => user.roles)).to.deep.equal([['manager'], ['assistant']]);
    const html = await (await fetch(test.tenant.origin)).text();
    expect(html).to.include('Answers the telephone').and.to.include('nobody (user-roles.json)');
  });

  it('follows each save of user-roles.json; a wrong one changes nothing and is reported with its line', async () => {
    const watched = await startTenant({
      config: file('tenant.yaml'),
      users: file('users.json'),
      data: file('watched'),
      env: {},
    });
    const next = (type: TenantEvent['type']) =>
      new Promise<TenantEvent>((resolve) => {
        const end = watched.events.subscribe((event) => {
          if (event.type !== type) return;
          end();
          resolve(event);
        });
      });
    const rolesOf = () => watched.overview().users.map(({ roles }) => roles);
    try {
      const loaded = next('configuration loaded');
      fs.writeFileSync(file('user-roles.json'), '[{ "email": "ann@example.com", "roles": ["auditor"] }]');
      await loaded;
      expect(rolesOf()).to.deep.equal([['auditor'], []]);
      const refused = next('configuration refused');
      fs.writeFileSync(file('user-roles.json'), '[\n{ "email": "ann@example.com", "role": "auditor" }]');
      expect(JSON.stringify(await refused)).to.include(
        'user-roles.json:2 [0].role: is not known here; did you',
      );
      expect(rolesOf()).to.deep.equal([['auditor'], []]);
    } finally {
      await watched.close();
    }
  });

  it('takes its file by --roles, which must exist then', async () => {
    const options = { config: file('tenant.yaml'), users: file('users.json'), data: file('named'), env: {} };
    const error = await startTenant({ ...options, roles: file('nobody.json') }).catch((e: Error) => e);
    expect((error as Error).message).to.match(/nobody\.json:1 {2}the file does not exist/);
    fs.writeFileSync(file('other.json'), '[{ "email": "bob@example.com", "roles": ["manager"] }]');
    const other = await startTenant({ ...options, watch: false, roles: file('other.json') });
    expect(other.overview().users.map(({ roles }) => roles)).to.deep.equal([[], ['manager']]);
    await other.close();
  });

  describe('the permissions claim', () => {
    const authz = 'enforce_policies: true\n    token_dialect: access_token_authz';

    it('has all that the user may do at the API, whatever was asked for', async () => {
      await configure(YAML(authz));
      const { access_token } = await tokens(BOB, { scope: 'openid read:appointments' });
      expect(decode(access_token).payload).to.deep.include({
        scope: 'openid read:appointments',
        permissions: SCOPES.slice(0, 2),
      });
      await assign({});
      expect(decode((await tokens(BOB)).access_token).payload.permissions).to.deep.equal([]);
    });

    it('is there without enforce_policies too, and only in the *_authz dialects', async () => {
      await configure(YAML('token_dialect: access_token_authz'));
      const { access_token } = await tokens(BOB);
      expect(scopesOf(access_token)).to.deep.equal(SCOPES);
      expect(decode(access_token).payload.permissions).to.deep.equal(SCOPES.slice(0, 2));
      await configure(YAML());
      expect(decode((await tokens(BOB)).access_token).payload).not.to.have.property('permissions');
    });
  });

  it('reports mistakes in roles with their line and what to write instead', async () => {
    const yaml = `resourceServers:
  - { name: A, identifier: a, scopes: [{ value: "read:a" }, { value: "write:a" }] }
  - { name: B, identifier: b }
roles:
  - name: one
    permissions:
      - { permission_name: "read:a", resource_server_identifier: A }
      - { permission_name: "raed:a", resource_server_identifier: a }
      - { permission_name: "read:b", resource_server_identifier: b }
      - { permission_nam: "read:a", resource_server_identifier: a }
  - { name: one, permission: [] }
`;
    fs.writeFileSync(file('tenant.yaml'), yaml);
    await test.tenant.reload();
    const reported = test.tenant
      .overview()
      .problems?.map(({ line, path: at, message }) => `${line} ${at}: ${message}`);
    expect(reported).to.deep.equal([
      '7 roles[0].permissions[0].resource_server_identifier: names no API of this file: A; write one of a, b',
      '8 roles[0].permissions[1].permission_name: names no scope of a: raed:a; write one of read:a, write:a, or add it to the API’s scopes',
      '9 roles[0].permissions[2].permission_name: names no scope of b: read:b; add it to the API’s scopes',
      '10 roles[0].permissions[3].permission_name: is missing',
      '10 roles[0].permissions[3].permission_nam: is not known here; did you mean permission_name?',
      '11 roles[1].permission: is not known here; did you mean permissions?',
      '11 roles[1].name: is listed twice: one',
    ]);
  });
});
