import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Browser } from '../../shared/browser';
import { Client } from '../support/client';
import { type Managed, startManaged } from '../support/management';
import { YAML } from '../support/tenant';

describe('the Management API keeps separate', () => {
  let managed: Managed;
  before(async () => {
    managed = await startManaged(YAML);
  });
  after(() => managed?.close());

  const make = async (at: string, body: object) => {
    const { status, body: made } = await managed.call('POST', at, body);
    expect(status, JSON.stringify(made)).to.equal(201);
    return made as { id: string; name: string };
  };
  const names = async (at: string) =>
    ((await managed.call('GET', at)).body as { name: string }[]).map(({ name }) => name);

  it('what was renamed, and what has its first name since', async () => {
    const alpha = await make('/roles', { name: 'Alpha' });
    await managed.call('PATCH', `/roles/${alpha.id}`, { name: 'Beta' });
    const again = await make('/roles', { name: 'Alpha' });
    expect(again.id).not.to.equal(alpha.id);
    expect((await managed.call('DELETE', `/roles/${again.id}`)).status).to.equal(204);
    expect(await names('/roles'))
      .to.include('Beta')
      .and.not.include('Alpha');
    expect(((await managed.call('GET', `/roles/${alpha.id}`)).body as { name: string }).name).to.equal(
      'Beta',
    );
  });

  it('the files of two Actions with the same code', async () => {
    const supported_triggers = [{ id: 'post-login', version: 'v3' }];
    const code = 'exports.onExecutePostLogin = async () => {};';
    const first = await make('/actions/actions', { name: 'P', code, supported_triggers });
    await managed.call('PATCH', `/actions/actions/${first.id}`, { name: 'Q' });
    await make('/actions/actions', { name: 'P', code, supported_triggers });
    const files = [...managed.yaml().matchAll(/code: (\S+)/g)].map(([, file]) => file);
    expect(new Set(files).size).to.equal(files.length);
    const long = await make('/actions/actions', { name: 'x'.repeat(300), code, supported_triggers });
    expect(long.name).to.have.lengthOf(300);
  });

  it('two secrets whose placeholders would have one name, and writes neither into the file', async () => {
    const supported_triggers = [{ id: 'post-login', version: 'v3' }];
    const secret = (action: string, name: string, value: string) =>
      make('/actions/actions', { name: action, supported_triggers, secrets: [{ name, value }] });
    await secret('a b', 'c', 'secretOne');
    const second = await secret('a', 'b c', 'secretTwo');
    expect(managed.yaml()).not.to.match(/secretOne|secretTwo/);
    // And a new value of one takes the place of its own.
    await managed.call('PATCH', `/actions/actions/${second.id}`, {
      secrets: [{ name: 'b c', value: 'secretThree' }],
    });
    expect(managed.yaml()).not.to.match(/secretOne|secretTwo|secretThree/);
    const separate = Object.values(
      JSON.parse(fs.readFileSync(path.join(managed.folder, 'data/kept-secrets.json'), 'utf8')),
    );
    expect(separate).to.include.members(['secretOne', 'secretThree']).and.not.include('secretTwo');
  });

  it('an ID that the file brings along, and the one by which a thing is addressed', async () => {
    const before = managed.yaml();
    const entry = '  - { name: Imported, id: rol_from_elsewhere }\n';
    managed.write(
      /^roles:\n/m.test(before)
        ? before.replace(/^roles:\n/m, `roles:\n${entry}`)
        : `${before}\nroles:\n${entry}`,
    );
    await managed.tenant.reload();
    try {
      const all = (await managed.call('GET', '/roles')).body as { id: string; name: string }[];
      const imported = all.find(({ name }) => name === 'Imported');
      expect(imported?.id).to.be.a('string').and.not.equal('rol_from_elsewhere');
      expect((await managed.call('GET', `/roles/${imported?.id}`)).status).to.equal(200);
      expect((await managed.call('POST', '/roles', { name: 'Own ID', id: 'rol_x' })).status).to.equal(400);
    } finally {
      managed.write(before);
      await managed.tenant.reload();
    }
  });

  it('a user who was deleted, and one who is made again with the same name', async () => {
    const { users } = managed.tenant;
    const user_id = 'auth0|again';
    const body = {
      user_id: 'again',
      email: 'again@example.com',
      password: 'correct horse battery staple',
      connection: 'Username-Password-Authentication',
    };
    await make('/users', body);
    const before = managed.tenant.size();
    const client = new Client(
      managed.tenant,
      new Browser({
        authority: fs.readFileSync(managed.tenant.settings().NODE_EXTRA_CA_CERTS ?? '', 'utf8'),
      }),
    );
    await client.callback({ scope: 'openid' }, body);
    expect(managed.tenant.size()).to.be.above(before);
    expect((await managed.call('DELETE', `/users/${encodeURIComponent(user_id)}`)).status).to.equal(204);
    await make('/users', body);
    expect(users.findById(user_id)).not.to.equal(undefined);
    expect((await client.callbackSilently()).searchParams.get('error')).to.equal('login_required');
    client.close();
  });
});
