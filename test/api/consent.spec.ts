import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { type Api, startApi } from '../../shared/api';
import { AUDIENCE, CALLBACK, Client, decode } from '../support/client';
import { action, actions } from '../support/scripts';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { ANN, BOB } from '../support/workshop';

const [READ, CREATE, DELETE] = ['read:appointments', 'create:appointments', 'delete:appointments'] as const;
const ALL = [READ, CREATE, DELETE];
const permitted = (...scopes: string[]) =>
  scopes
    .map((name) => `      - { permission_name: "${name}", resource_server_identifier: "${AUDIENCE}" }\n`)
    .join('');

/** The API of the workshop, an application of somebody else and one of the house, a manager and an assistant. */
const yaml = (dialect: string, rbac: boolean) => `
resourceServers:
  - name: Appointments API
    identifier: ${AUDIENCE}
    allow_offline_access: true
    token_dialect: ${dialect}
    enforce_policies: ${rbac}
    scopes: [${ALL.map((value) => `{ value: "${value}" }`).join(', ')}]
clients:
  - { name: Web, callbacks: [${CALLBACK}] }
  - { name: Third party, is_first_party: false, callbacks: [${CALLBACK}] }
roles:
  - name: manager
    permissions:
${permitted(...ALL)}
  - name: assistant
    permissions:
${permitted(READ, CREATE)}
`;

/** What the API lets through depends on what a user allowed an application to do, and on what the user may do (RFC 6749, section 3.3). */
describe('what an application may do at the API', function () {
  this.timeout(20_000);
  let test: TestTenant;
  let api: Api;
  let client: Client;
  before(async () => {
    test = await startTestTenant();
    api = await startApi({ issuer: new URL(test.tenant.issuer), audience: AUDIENCE });
  });
  after(async () => {
    await api?.close();
    await test?.close();
  });
  afterEach(() => client?.close());

  const configure = async (dialect: string, { rbac = true, code = '' } = {}) => {
    fs.writeFileSync(path.join(test.folder, 'scopes.js'), action(code));
    fs.writeFileSync(path.join(test.folder, 'tenant.yaml'), yaml(dialect, rbac) + actions('scopes'));
    await test.tenant.reload();
    expect(test.tenant.overview().problems).to.equal(undefined);
  };
  /** Logs in by one application, which is allowed what it asks for, and tries everything. */
  async function tries(
    application: 'WEB' | 'THIRD_PARTY',
    user: { email: string; password: string },
    scope: string,
  ) {
    client = new Client(test.tenant);
    const own = test.credentials(application);
    const callback = await client.callback({ client_id: own.client_id, scope }, user);
    const { body } = await client.redeem(callback.searchParams.get('code') ?? '', own);
    expect(body).to.have.property('access_token');
    const { payload } = decode(body.access_token);
    const call = async (method: string, path: string, sent?: object) => {
      const response = await fetch(api.origin + path, {
        method,
        headers: { authorization: `Bearer ${body.access_token}`, 'content-type': 'application/json' },
        ...(sent ? { body: JSON.stringify(sent) } : {}),
      });
      return { status: response.status, why: response.headers.get('www-authenticate') ?? '' };
    };
    const answers = [
      await call('GET', '/appointments'),
      await call('POST', '/appointments', { title: 'Dentist', startsAt: '2027-03-01T09:30:00Z' }),
      // 404 by who may delete, and has no such appointment.
      await call('DELETE', '/appointments/none'),
    ];
    return {
      scope: ALL.filter((one) => String(payload.scope).split(' ').includes(one)),
      permissions: payload.permissions,
      statuses: answers.map(({ status }) => status),
      why: answers.map(({ why }) => why).join('\n'),
    };
  }

  for (const dialect of ['access_token', 'access_token_authz', 'rfc9068_profile', 'rfc9068_profile_authz']) {
    const listed = (permissions: string[]) => (dialect.endsWith('_authz') ? permissions : undefined);
    describe(`with RBAC and the dialect ${dialect}`, () => {
      before(() => configure(dialect));

      it('is what its user allowed it, though the user may do more', async () => {
        for (const application of ['THIRD_PARTY', 'WEB'] as const) {
          const reader = await tries(application, ANN, `openid ${READ}`);
          expect(reader).to.deep.include({
            scope: [READ],
            permissions: listed(ALL),
            statuses: [200, 403, 403],
          });
          expect(reader.why).to.include(`the token does not have the scope ${DELETE}`);
        }
      });

      it('is nothing for one that asked for the login only', async () => {
        const login = await tries('THIRD_PARTY', ANN, 'openid');
        expect(login).to.deep.include({ scope: [], permissions: listed(ALL), statuses: [403, 403, 403] });
      });

      it('is no more than its user may do', async () => {
        const all = `openid ${ALL.join(' ')}`;
        expect((await tries('THIRD_PARTY', ANN, all)).statuses).to.deep.equal([200, 201, 404]);
        expect(await tries('THIRD_PARTY', BOB, all)).to.deep.include({
          scope: [READ, CREATE],
          permissions: listed([READ, CREATE]),
          statuses: [200, 201, 403],
        });
      });

      it('is not widened by an Action’s scope where the token has permissions', async () => {
        await configure(dialect, { code: `api.accessToken.addScope('${DELETE}')` });
        const bob = await tries('WEB', BOB, `openid ${READ}`);
        // RBAC has decided before: an added scope remains, and permissions remain what they were.
        expect(bob).to.deep.include({ scope: [READ, DELETE], permissions: listed([READ, CREATE]) });
        expect(bob.statuses).to.deep.equal([200, 403, dialect.endsWith('_authz') ? 403 : 404]);
        if (dialect.endsWith('_authz'))
          expect(bob.why).to.include(`the token has the scope ${DELETE}, but its permissions do not`);
        await configure(dialect, { code: `api.accessToken.removeScope('${READ}')` });
        expect((await tries('WEB', ANN, `openid ${READ}`)).statuses).to.deep.equal([403, 403, 403]);
      });
    });
  }

  it('is asked for permissions wherever the token has them, with RBAC off at the tenant too', async () => {
    await configure('access_token_authz', { rbac: false });
    const bob = await tries('WEB', BOB, `openid ${ALL.join(' ')}`);
    expect(bob).to.deep.include({ scope: ALL, permissions: [READ, CREATE], statuses: [200, 201, 403] });
    await configure('access_token', { rbac: false });
    expect((await tries('WEB', BOB, `openid ${ALL.join(' ')}`)).statuses).to.deep.equal([200, 201, 404]);
  });
});

describe('an access token', () => {
  it('is good at the tenant’s own /userinfo only as long as the key that signed it is published', async () => {
    const test = await startTestTenant();
    const client = new Client(test.tenant);
    const { access_token } = await client.logIn();
    const userinfo = async () =>
      (
        await fetch(`${test.tenant.origin}/userinfo`, {
          headers: { authorization: `Bearer ${access_token}` },
        })
      ).status;
    expect(await userinfo()).to.equal(200);
    await test.tenant.rotateKeys();
    expect(await userinfo(), 'the previous key is still published').to.equal(200);
    await test.tenant.revokePreviousKey();
    expect(await userinfo()).to.equal(401);
    client.close();
    await test.close();
  });
});
