import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { findStep, materialise, ROOT } from '../../shared/steps/layers';
import { startTenant, type Tenant } from '../../shared/tenant';
import { Client, decode } from '../support/client';
import { BOB, temporaryFolder, USER_ROLES, USERS } from '../support/workshop';

const NAMESPACE = 'https://call-your-api.example';

/** The Rule and the Hook of step 05 do what docs/older-tenants.md says, in the words in which it says how to try them. */
describe('what you may meet in older tenants', () => {
  const step = findStep('5');
  const page = fs.readFileSync(path.join(ROOT, 'docs', 'older-tenants.md'), 'utf8');
  const { folder, remove } = temporaryFolder();
  let tenant: Tenant;
  let client: Client;
  before(async () => {
    materialise(step.number, folder);
    tenant = await startTenant({
      config: path.join(folder, 'tenant.yaml'),
      users: USERS,
      roles: USER_ROLES,
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

  /** The page's lines of one section of tenant.yaml. */
  const section = (name: string) => {
    const found = new RegExp(`^\`\`\`text\\n(${name}:\\n[\\s\\S]*?)\`\`\`$`, 'm').exec(page)?.[1];
    if (found === undefined) throw new Error(`the page shows no ${name}`);
    return found;
  };
  const finished = () => {
    const text = fs.readFileSync(path.join(folder, 'tenant.yaml'), 'utf8');
    const withoutTriggers = text.replace(/^triggers:\n(?: .*\n)+/m, '');
    expect(withoutTriggers).not.to.equal(text);
    return withoutTriggers;
  };
  const use = async (yaml: string) => {
    fs.writeFileSync(path.join(folder, 'tenant.yaml'), yaml);
    await tenant.reload();
    const refused = tenant.events.recent().findLast(({ type }) => type === 'configuration refused');
    expect(refused).to.equal(undefined);
  };
  const machine = async () => {
    const { CLIENT_ID__NIGHTLY_REMINDERS: client_id, CLIENT_SECRET__NIGHTLY_REMINDERS: client_secret } =
      tenant.settings();
    const { AUDIENCE: audience } = tenant.settings();
    const { body } = await client.token({
      grant_type: 'client_credentials',
      client_id,
      client_secret,
      audience,
    });
    return decode(body.access_token).payload;
  };
  const user = async () => {
    const url = await client.callback({}, BOB);
    const { body } = await client.redeem(url.searchParams.get('code') ?? '');
    const { refresh_token, id_token, access_token } = body;
    return { refresh_token, claims: [id_token, access_token].map((token) => decode(token).payload) };
  };

  it('is linked from the lesson whose Action it compares', () => {
    const lesson = fs.readFileSync(path.join(step.folder, 'README.md'), 'utf8');
    expect(lesson).to.include('](../../docs/older-tenants.md)');
    expect(page).to.include('](../steps/05-attributes-and-roles/README.md)');
  });

  it('are a Rule, which puts the roles into both tokens at each login and refresh, and no office', async () => {
    await use(`${finished()}\n${section('rules')}`);
    const { refresh_token, claims } = await user();
    const { body } = await client.refresh(refresh_token);
    for (const token of [...claims, decode(body.id_token).payload, decode(body.access_token).payload]) {
      expect(token[`${NAMESPACE}/roles`]).to.deep.equal(BOB.roles);
      expect(token).not.to.have.property(`${NAMESPACE}/office`);
    }
    expect(await machine(), 'no program’s token').not.to.have.property(`${NAMESPACE}/roles`);
  });

  it('are a Hook, which touches the tokens of a program and no user’s login', async () => {
    const before = await machine();
    const withHook = `${fs.readFileSync(path.join(folder, 'tenant.yaml'), 'utf8')}\n${section('hooks')}`;
    await use(withHook);
    expect(await machine()).to.include({
      [`${NAMESPACE}/job`]: 'Nightly Reminders',
      scope: 'read:appointments',
    });
    expect(before).not.to.have.property(`${NAMESPACE}/job`);
    for (const token of (await user()).claims) expect(token).not.to.have.property(`${NAMESPACE}/job`);
  });

  it('lose every scope where a Hook hands none on, as the page warns', async () => {
    const hook = path.join(folder, 'actions/older/name-the-job-hook.js');
    const text = fs.readFileSync(hook, 'utf8');
    fs.writeFileSync(hook, text.replace('{ scope, ', '{ '));
    await tenant.reload();
    const payload = await machine();
    expect(payload).to.have.property(`${NAMESPACE}/job`);
    expect(payload).not.to.have.property('scope');
  });
});
