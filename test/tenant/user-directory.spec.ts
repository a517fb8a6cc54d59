import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ConfigurationError } from '../../shared/tenant/config/load';
import { profileOf } from '../../shared/tenant/config/user';
import { loadUserRoles } from '../../shared/tenant/config/user-roles';
import { loadUsers } from '../../shared/tenant/config/users';
import { UserDirectory, UserExists } from '../../shared/tenant/users/directory';
import { DATABASE } from '../support/users';
import { ANN, temporaryFolder, USERS } from '../support/workshop';

const ANN_ID = 'auth0|a11ce0000000000000000001';
const BOB_ID = 'auth0|b0b000000000000000000002';
const GOOGLE = { name: 'google-oauth2', strategy: 'google-oauth2' };
const SAML = { name: 'the-clinic', strategy: 'samlp' };
const DATABASE_CONNECTION = { name: DATABASE, strategy: 'auth0' };

describe("the tenant's user directory", () => {
  const { folder, remove } = temporaryFolder();
  after(remove);
  const stored = path.join(folder, 'kept-users.json');
  let troubles: string[] = [];
  let now = Date.parse('2026-11-01T10:00:00Z');
  const open: UserDirectory[] = [];
  beforeEach(() => {
    troubles = [];
    fs.rmSync(stored, { force: true });
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });

  async function start(roles = '[]', users = USERS): Promise<UserDirectory> {
    const directory = await UserDirectory.open({
      folder,
      onTrouble: (reason) => troubles.push(reason),
      now: () => now,
    });
    open.push(directory);
    const file = path.join(folder, 'user-roles.json');
    fs.writeFileSync(file, roles);
    directory.use(await loadUsers(users), await loadUserRoles(file), DATABASE);
    return directory;
  }
  /** The same, after the tenant was started again. */
  async function again(directory: UserDirectory, roles?: string): Promise<UserDirectory> {
    await directory.close();
    return start(roles);
  }

  it('names the accounts of each kind of connection as a real tenant does', async () => {
    const directory = await start();
    const names = [
      [GOOGLE, 'google-oauth2|7', '7', true],
      [{ name: 'shop', strategy: 'oauth2' }, 'oauth2|shop|7', 'shop|7', true],
      [SAML, 'samlp|the-clinic|7', 'the-clinic|7', false],
      [{ name: 'github', strategy: 'github' }, 'github|7', '7', true],
    ] as const;
    for (const [connection, user_id, id, isSocial] of names) {
      const user = directory.upsertFromConnection(connection, { user_id: '7', email: 'Cleo@example.com' });
      expect(user).to.include({ user_id, nickname: 'Cleo', name: 'Cleo@example.com', email_verified: false });
      expect(user.identities).to.deep.equal([
        { connection: connection.name, provider: connection.strategy, user_id: id, isSocial },
      ]);
      expect(directory.findByEmail(connection.name, ' CLEO@example.com')).to.equal(user);
    }
    expect(directory.findByEmail(DATABASE, 'cleo@example.com')).to.equal(undefined);
  });

  it("takes a connection's profile again at each login, and keeps what is the tenant's", async () => {
    let directory = await start();
    const first = directory.upsertFromConnection(SAML, { user_id: 'x', name: 'Old', attributes: { a: 1 } });
    directory.patch(first.user_id, { user_metadata: { color: 'red' }, blocked: true });
    directory.changeRoles(first.user_id, ['manager'], []);
    directory = await again(directory);
    now += 60_000;
    const second = directory.upsertFromConnection(SAML, { user_id: 'x', name: 'New', attributes: { b: 2 } });
    expect(second).to.include({ name: 'New', blocked: true, created_at: first.created_at });
    expect(second.updated_at).not.to.equal(first.updated_at);
    expect(second.user_metadata).to.deep.equal({ color: 'red' });
    expect(profileOf(second)).to.include({ b: 2 }).and.not.to.have.property('a');
    expect(directory.rolesOf(first.user_id)).to.deep.equal(['manager']);
  });

  it('merges later changes into users.json, which does not change itself', async () => {
    const before = fs.readFileSync(USERS, 'utf8');
    let directory = await start();
    directory.patch(ANN_ID, { app_metadata: { desk: 4, office: null }, user_metadata: { lang: 'fr' } });
    directory.patch(ANN_ID, { name: 'Ann Baker', app_metadata: { floor: 2 }, email: 'ann@example.org' });
    directory.recordLogin(ANN_ID, '127.0.0.1');
    now += 1000;
    directory.recordLogin(ANN_ID, '::1');
    directory = await again(directory);
    const ann = directory.findById(ANN_ID);
    expect(ann).to.include({ name: 'Ann Baker', given_name: 'Ann', logins_count: 2, last_ip: '::1' });
    expect(ann?.last_login).to.equal(new Date(now).toISOString()).and.to.equal(ann?.updated_at);
    expect(ann?.app_metadata).to.deep.equal({ desk: 4, floor: 2 });
    expect(directory.findByEmail(DATABASE, ANN.email)).to.equal(undefined);
    expect(directory.findByEmail(DATABASE, 'ann@example.org')).to.equal(ann);
    expect(directory.patch(ANN_ID, { app_metadata: {} })?.app_metadata).to.deep.equal({});
    expect(directory.all().map(({ user_id }) => user_id)).to.deep.equal([ANN_ID, BOB_ID]);
    expect(fs.readFileSync(USERS, 'utf8')).to.equal(before);
    if (process.platform !== 'win32') expect(fs.statSync(stored).mode & 0o777).to.equal(0o600);
  });

  it('makes, changes and deletes users, and lets no two share an address or a user_id', async () => {
    let directory = await start();
    const cleo = directory.create(DATABASE_CONNECTION, { email: 'cleo@example.com', password_hash: 'x' });
    expect(cleo.user_id).to.match(/^auth0\|[0-9a-f]{24}$/);
    expect(profileOf(cleo)).not.to.have.any.keys('password_hash', 'custom_password_hash');
    const refusals: [() => unknown, RegExp][] = [
      [() => directory.create(DATABASE_CONNECTION, { email: 'CLEO@example.com' }), /CLEO@example.com in Us/],
      [() => directory.create(DATABASE_CONNECTION, { email: ANN.email }), /ann@example.com in Username/],
      [
        () => directory.create(DATABASE_CONNECTION, { email: 'd@example.com', user_id: ANN_ID.slice(6) }),
        /there is a user auth0\|a11ce/,
      ],
      [() => directory.patch(BOB_ID, { email: 'cleo@example.com' }), /cleo@example.com in Username/],
    ];
    for (const [act, message] of refusals) expect(act).to.throw(UserExists, message);
    expect(directory.patch('auth0|nobody', { name: 'x' })).to.equal(undefined);
    expect(directory.delete('auth0|nobody')).to.equal(false);
    expect([directory.delete(cleo.user_id), directory.delete(ANN_ID)]).to.deep.equal([true, true]);
    directory = await again(directory);
    expect(directory.all().map(({ user_id }) => user_id)).to.deep.equal([BOB_ID]);
    expect(directory.create(DATABASE_CONNECTION, { email: ANN.email, user_id: ANN_ID.slice(6) })).to.include({
      user_id: ANN_ID,
      name: ANN.email,
    });
  });

  it('knows the roles of user-roles.json, with those given and taken since', async () => {
    const roles = (...names: string[]) => JSON.stringify([{ email: 'ANN@example.com', roles: names }]);
    let directory = await start(roles('manager', 'trainer'));
    const google = directory.upsertFromConnection(GOOGLE, { user_id: '1', email: ANN.email });
    expect(directory.rolesOf(ANN_ID)).to.deep.equal(['manager', 'trainer']);
    expect(directory.rolesOf(google.user_id), 'anybody may claim any address there').to.deep.equal([]);
    directory.changeRoles(ANN_ID, ['manager', 'auditor'], []);
    directory.changeRoles(ANN_ID, [], ['trainer', 'pilot']);
    directory = await again(directory, roles('manager', 'trainer'));
    expect(directory.rolesOf(ANN_ID)).to.deep.equal(['manager', 'auditor']);
    directory.changeRoles(ANN_ID, ['trainer'], []);
    directory.changeRoles(ANN_ID, [], ['auditor']);
    directory = await again(directory, roles('trainer'));
    expect(directory.rolesOf(ANN_ID), 'a role taken out of the file is gone').to.deep.equal(['trainer']);
    directory = await again(directory, JSON.stringify([{ user_id: google.user_id, roles: ['guest'] }]));
    expect(directory.rolesOf(google.user_id)).to.deep.equal(['guest']);
    expect(directory.changeRoles('auth0|nobody', ['x'], [])).to.equal(false);
    expect(directory.rolesOf('auth0|nobody')).to.deep.equal([]);
  });

  it('reports once which assignments cannot count, with their line', async () => {
    const directory = await start(
      `[\n{"email":"${ANN.email}","roles":["manger"]},\n{"email":"an@example.com","roles":["manager"]}]`,
    );
    const idle = directory.idleAssignments(new Set(['manager']));
    expect(idle.map(({ role }) => role)).to.deep.equal(['manger', 'manager']);
    expect(idle[0]?.reason).to.match(/user-roles\.json:2 gives it to ann@.* defines no role of this name/);
    expect(idle[1]?.reason).to.match(/user-roles\.json:3 gives it to an@.* no such user/);
    expect(directory.idleAssignments(new Set(['manager']))).to.deep.equal([]);
  });

  it('sets a damaged file aside, says so, and begins again', async () => {
    for (const text of ['{"auth0|x": {"own": 7}}', '{', '[]']) {
      troubles = [];
      fs.writeFileSync(stored, text);
      const directory = await start();
      expect(directory.all()).to.have.lengthOf(2);
      expect(troubles, text).to.have.lengthOf(1);
      expect(troubles[0]).to.include(`${stored} is damaged`).and.include('.damaged');
      expect(fs.readFileSync(`${stored}.damaged`, 'utf8')).to.equal(text);
    }
  });

  it('goes on when nothing can be written, and says so once', async () => {
    const directory = await start();
    fs.mkdirSync(stored);
    for (let i = 1; i < 4; i++) {
      directory.recordLogin(ANN_ID, undefined);
      await directory.flush();
      expect(directory.findById(ANN_ID)?.logins_count).to.equal(i);
    }
    expect(troubles).to.have.lengthOf(1);
    expect(troubles[0]).to.include('cannot be written');
    fs.rmdirSync(stored);
    directory.recordLogin(ANN_ID, undefined);
    await directory.flush();
    expect(JSON.parse(fs.readFileSync(stored, 'utf8'))[ANN_ID].logins_count).to.equal(4);
    expect(fs.readdirSync(folder).filter((name) => /kept-users\.json\.\d/.test(name))).to.deep.equal([]);
  });

  it('writes once for many logins, soon after, without being asked', async () => {
    const directory = await start();
    const written = new Promise<void>((resolve) => {
      const watcher = fs.watch(folder, () => {
        if (!fs.existsSync(stored)) return;
        watcher.close();
        resolve();
      });
    });
    for (let i = 0; i < 1000; i++) directory.recordLogin(BOB_ID, '127.0.0.1');
    expect(fs.existsSync(stored), 'not at once').to.equal(false);
    await written;
    expect(JSON.parse(fs.readFileSync(stored, 'utf8'))[BOB_ID].logins_count).to.equal(1000);
  });
});

describe('user-roles.json', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);
  const file = path.join(folder, 'user-roles.json');

  it('reports every mistake at once, with its line', async () => {
    const text = `[
{"email": "nobody", "roles": []},
{"email": "a@example.com", "roles": "manager"},
{"roles": ["x"]},
{"email": "b@example.com", "user_id": "auth0|b", "roles": []},
{"email": "A@example.com", "rolls": []},
{"user_id": "b", "roles": [""]}
]`;
    fs.writeFileSync(file, text);
    const error = await loadUserRoles(file).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(
      (error as ConfigurationError).problems.map(
        ({ line, path: at, message }) => `${line} ${at}: ${message}`,
      ),
    ).to.deep.equal([
      '2 [0].email: must be an e-mail address',
      '3 [1].roles: must be an array',
      '4 [2]: needs exactly one of email (a user of the database) and user_id (any user)',
      '5 [3]: needs exactly one of email (a user of the database) and user_id (any user)',
      '6 [4].roles: is missing',
      '6 [4].rolls: is not known here; did you mean roles?',
      '6 [4].email: is listed twice: A@example.com',
      '7 [5].user_id: must be a whole user_id, such as google-oauth2|1234',
      '7 [5].roles[0]: must not be empty',
    ]);
  });

  it('need not be there, unless it was asked for by name', async () => {
    const none = path.join(folder, 'none.json');
    expect((await loadUserRoles(none, { mustExist: false })).assignments).to.deep.equal([]);
    const error = await loadUserRoles(none).catch((e: Error) => e);
    expect((error as Error).message).to.include('does not exist');
  });
});
