import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { startTenant, type Tenant } from '../../shared/tenant';
import { Client } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';
import { ANN, BOB } from '../support/workshop';

describe('what persists over a restart of the tenant', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let port: number;
  const file = (name: string) => path.join(test.folder, name);
  const stored = (name: string) => JSON.parse(fs.readFileSync(file(`data/${name}`), 'utf8'));
  before(async () => {
    test = await startTestTenant();
    ({ port } = test.tenant);
    await test.tenant.close();
  });
  after(() => test?.close());
  beforeEach(async () => {
    tenant = await start();
  });
  afterEach(() => tenant.close());

  const start = (more: { reset?: boolean; forgetful?: boolean } = {}) =>
    startTenant({
      port,
      config: file('tenant.yaml'),
      users: file('users.json'),
      data: file('data'),
      env: {},
      watch: false,
      ...more,
    });
  const restart = async (more?: Parameters<typeof start>[0]) => {
    await tenant.close();
    tenant = await start(more);
  };
  /** Whether a login, in a new browser, stops at the consent page. */
  async function asks(
    parameters: Record<string, string> = {},
    user: { email: string; password: string } = ANN,
  ) {
    const client = new Client(tenant);
    const given = () => tenant.events.recent().filter(({ type }) => type === 'consent given').length;
    const before = given();
    try {
      await client.callback(parameters, user);
      return given() > before;
    } finally {
      client.close();
    }
  }

  it('is a consent, for this user, application, API and these scopes only', async () => {
    expect(await asks()).to.equal(true);
    await restart();
    expect(await asks(), 'the same again').to.equal(false);
    expect(await asks({ scope: 'openid' }), 'less than before').to.equal(false);
    const other: [string, Record<string, string>, typeof BOB | typeof ANN][] = [
      ['another scope', { scope: 'openid read:appointments create:appointments' }, ANN],
      ['another API', { audience: 'urn-less identifier', scope: 'openid' }, ANN],
      ['another application', { client_id: 'Withleeway' }, ANN],
      ['another user', {}, BOB],
    ];
    for (const [name, parameters, user] of other) expect(await asks(parameters, user), name).to.equal(true);
    await restart();
    for (const [name, parameters, user] of other) expect(await asks(parameters, user), name).to.equal(false);
    expect(stored('kept-consents.json')).to.deep.include({
      user_id: 'auth0|b0b000000000000000000002',
      client_id: 'Web',
      audience: 'https://appointments.example/api',
      scope: ['openid', 'profile', 'email', 'offline_access', 'read:appointments'],
    });
  });

  it('is how often, when and from where a user logged in', async () => {
    await asks();
    const before = Date.now();
    await restart();
    await asks();
    await restart();
    const { logins_count, last_login, last_ip } = stored('kept-users.json')['auth0|a11ce0000000000000000001'];
    expect(logins_count).to.be.greaterThan(1);
    expect(Date.parse(last_login)).to.be.at.least(before);
    expect(last_ip).to.match(/^(::1|127\.0\.0\.1|::ffff:127\.0\.0\.1)$/);
  });

  it('is nothing after --reset, and in a forgetful tenant', async () => {
    expect(await asks()).to.equal(false);
    await restart({ forgetful: true });
    expect(await asks()).to.equal(true);
    await restart();
    expect(await asks(), 'the forgetful one has left the files alone').to.equal(false);
    await restart({ reset: true });
    expect(await asks()).to.equal(true);
  });

  it('is renamed when damaged, with an event, and the tenant starts without it', async () => {
    await tenant.close();
    for (const name of ['kept-users.json', 'kept-consents.json'])
      fs.writeFileSync(file(`data/${name}`), '{"a');
    tenant = await start();
    const reported = tenant.events.recent().filter((event) => event.type === 'not kept');
    expect(reported.map((event) => (event.type === 'not kept' ? event.reason : '')).sort()).to.satisfy(
      ([consents = '', users = '']: string[]) =>
        /kept-consents\.json is damaged.*renamed to .*\.damaged$/.test(consents) &&
        /kept-users\.json is damaged/.test(users),
    );
    expect(await asks()).to.equal(true);
  });
});
