import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { expect } from 'chai';
import { ConfigurationError } from '../../shared/tenant/config/load';
import { loadUsers } from '../../shared/tenant/config/users';
import { verifyPassword } from '../../shared/tenant/users/passwords';
import { DATABASE, readUsers } from '../support/users';
import { temporaryFolder, USERS } from '../support/workshop';

const HASH = `$2b$10$${'a'.repeat(53)}`;

/** From Auth0's documentation (Bulk User Import Schema and Examples). */
const EXAMPLES = [
  { algorithm: 'md4', hash: { value: 'AbuUujgF0pPPkJPSFRTpmA==', encoding: 'base64' } },
  { algorithm: 'bcrypt', hash: { value: '$2b$10$C9hB01.YxRSTcn/ZOOo4j.TW7xCKKFKBSF.C7E0xiUwumqIDqWUXG' } },
  {
    algorithm: 'pbkdf2',
    hash: {
      value:
        '$pbkdf2-md4$i=100000,l=64$+N375B8q0Fw$fp2R9KAM4hK/votGHC5Fu+jhqbxUD8+Nic/EMSGvNC3UP/k7wSHI0uXluHRSkZfl/BOheYqNOemayG90ZaSSQw',
      encoding: 'utf8',
    },
  },
  {
    algorithm: 'ldap',
    hash: {
      value: '{SSHA384}/cgEjdoZh85DhurDeOQEMO1rMlAur93SVPbYe5XSD4lF7nNuvrBju5hUeg9A6agRemgSXGl5YuE=',
      encoding: 'utf8',
    },
  },
];

describe("the tenant's users", () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  const load = (text: string | Uint8Array) => {
    const file = path.join(folder, 'users.json');
    fs.writeFileSync(file, text);
    return readUsers(file);
  };
  /** Every mistake as "line path: message"; each user stands on a line of its own, the first on line 2. */
  async function mistakes(text: string | Uint8Array): Promise<string[]> {
    try {
      await load(text);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return error.problems.map(({ line, path: at, message }) => `${line} ${at}: ${message}`);
    }
    return [];
  }
  const lines = (...users: object[]) => `[\n${users.map((user) => JSON.stringify(user)).join(',\n')}\n]`;
  const custom = (custom_password_hash: object) => lines({ email: 'a@example.com', custom_password_hash });

  it('have the normalized profile of a real tenant', async () => {
    const directory = await readUsers(USERS);
    const ann = directory.findByEmail(DATABASE, ' ANN@example.com ');
    expect(ann).to.include({ name: 'Ann Archer', nickname: 'ann', email_verified: true });
    expect(ann?.app_metadata).to.deep.equal({ office: 'Lisbon' });
    expect(directory.findByEmail(DATABASE, 'bob@example.com')?.app_metadata).to.deep.equal({
      office: 'Porto',
    });
    expect(ann?.user_id).to.match(/^auth0\|/);
    expect(ann?.picture).to.match(/^data:image/);
    expect(ann?.identities).to.deep.equal([
      {
        connection: 'Username-Password-Authentication',
        provider: 'auth0',
        user_id: ann?.user_id.slice(6),
        isSocial: false,
      },
    ]);
    expect(directory.findById(ann?.user_id ?? '')).to.equal(ann);
    expect(directory.all()).to.have.lengthOf(2);
  });

  it('get what the file leaves out: the same each time', async () => {
    const text = lines({ email: 'Cleo.C@example.com', given_name: 'Cleo', password_hash: HASH });
    const [cleo, again] = [(await load(text)).all()[0], (await load(text)).all()[0]];
    expect(cleo).to.include({
      name: 'Cleo.C@example.com',
      nickname: 'Cleo.C',
      email_verified: false,
      blocked: false,
    });
    expect(cleo?.user_id).to.match(/^auth0\|[0-9a-f]{24}$/);
    expect(again).to.deep.equal(cleo);
    expect((await load(lines())).all()).to.deep.equal([]);
  });

  it('report every mistake at once, with path and line', async () => {
    const found = await mistakes(
      lines(
        { email: 'not an address', password_hash: HASH },
        { email: 'b@example.com', password_hash: 'plain' },
        { email: 'c@example.com', password_hash: HASH, custom_password_hash: { algorithm: 'md5' } },
        { email: 'd@example.com', password_hash: HASH, given_nam: 'D', user_id: 'one' },
        { email: 'D@example.com', password_hash: HASH, user_id: 'one' },
        { email: 'f@example.com', password_hash: HASH, user_id: 'auth0|f' },
      ),
    );
    expect(found).to.have.lengthOf(7);
    expect(found[0]).to.equal('2 [0].email: must be an e-mail address');
    expect(found[1]).to.match(/^3 \[1\]\.password_hash: must be a bcrypt hash/);
    expect(found[2]).to.match(/^4 \[2\]\.custom_password_hash\.hash: is missing/);
    expect(found[3]).to.equal('5 [3].given_nam: is not known here; did you mean given_name?');
    expect(found[4]).to.equal('6 [4].email: is listed twice: D@example.com');
    expect(found[5]).to.equal('6 [4].user_id: is listed twice: one');
    expect(found[6]).to.equal('7 [5].user_id: is given without auth0|, which is put before it');
  });

  it('may have no password: then none fits, and the log says whose', async () => {
    const text = lines(
      { email: 'a@example.com', app_metadata: { plan: 'gold' } },
      { email: 'b@example.com' },
    );
    const ann = (await load(text)).findByEmail(DATABASE, 'a@example.com');
    expect(ann?.app_metadata).to.deep.equal({ plan: 'gold' });
    for (const password of ['', 'undefined', 'null'])
      expect(await verifyPassword(ann, password), password).to.equal(false);
    expect((await loadUsers(path.join(folder, 'users.json'))).hints).to.deep.equal([
      'no password fits a@example.com, b@example.com: add a password_hash for each user who logs in by one',
    ]);
  });

  it('may be one a line, as Auth0 exports them, with what an import refuses', async () => {
    const exported = [
      {
        user_id: 'auth0|1',
        email: 'a@example.com',
        email_verified: true,
        created_at: '2026-01-01',
        nickname: null,
      },
      { user_id: 'google-oauth2|2', email: 'a@example.com', identities: [{ provider: 'google-oauth2' }] },
      { user_id: 'auth0|3', email: 'c@example.com', blocked: true, logins_count: 7 },
    ];
    const text = `\uFEFF${exported.map((user) => JSON.stringify(user)).join('\r\n')}\r\n\r\n`;
    const directory = await load(text);
    expect(directory.all().map((user) => [user.user_id, user.email_verified, user.blocked])).to.deep.equal([
      ['auth0|1', true, false],
      ['auth0|3', false, true],
    ]);
    expect(directory.findById('auth0|1')?.nickname).to.equal('a');
    const { hints, lineOf } = await loadUsers(path.join(folder, 'users.json'));
    expect(hints).to.deep.equal([
      'is an export of Auth0: it carries no password hashes, so no password fits any of its users',
      'leaves users of other connections out (1): they come when they log in there',
    ]);
    expect(lineOf('auth0|3')).to.equal(3);
    expect((await load('{"email":"a@example.com"}')).all()).to.have.lengthOf(1);
    await load(
      `${JSON.stringify({ email: 'a@example.com', password_hash: HASH })}\n{"email":"b@example.com"}`,
    );
    expect((await loadUsers(path.join(folder, 'users.json'))).hints, 'of another tool').to.deep.equal([
      'no password fits b@example.com: add a password_hash for each user who logs in by one',
    ]);
    const array = (await load(lines(...exported))).all();
    expect(
      array.map((user) => user.user_id),
      'as the Management API lists them',
    ).to.deep.equal(['auth0|1', 'auth0|3']);
  });

  it('one for each line report every mistake at its line', async () => {
    const a = '{"user_id":"google-oauth2|2"}\n{"email":"a@example.com"}';
    expect(
      await mistakes(`${a}\n{"email":"none"}\n{"user_id":"auth0|x"}\n{"email":"A@example.com"}`),
    ).to.deep.equal([
      '3 [2].email: must be an e-mail address',
      '4 [3].email: is missing',
      '5 [4].email: is listed twice: A@example.com',
    ]);
    expect((await mistakes(`${a}\n{"email":`)).join()).to.match(/^3 : is not JSON/);
    expect((await mistakes(`${a}\nnonsense\n{"email":"c@example.com"}`)).join()).to.equal(
      '3 : is not JSON: in a file with one user a line, each line must be { … }',
    );
  });

  it('have no passwords in the file', async () => {
    expect(await mistakes(lines({ email: 'a@example.com', password: 'p', connection: 'c' }))).to.deep.equal([
      '2 [0].password: must not be here: an import takes hashes only; give its bcrypt hash as password_hash',
      '2 [0].connection: is not known here',
    ]);
  });

  it('stand in JSON, as a real tenant imports it', async () => {
    const user = `{"email":"a@example.com","password_hash":"${HASH}"}`;
    expect(await mistakes(`[\n\t${user}\n]`)).to.deep.equal([]);
    expect(await mistakes(`[\n${user},\n]`)).to.deep.equal([
      '2 : is not JSON: remove the comma before ] or }',
    ]);
    expect((await mistakes(`- email: a@example.com\n  password_hash: "${HASH}"`)).join()).to.include(
      'is not JSON',
    );
    expect((await mistakes('')).join()).to.include('is not JSON');
    expect(await mistakes(`\uFEFF[\r\n${user}\r\n]`), 'with a byte order mark').to.deep.equal([]);
    expect(await mistakes(`\uFEFF[\r\n${user},\r\n]`)).to.deep.equal([
      '2 : is not JSON: remove the comma before ] or }',
    ]);
    expect(await mistakes('{}')).to.deep.equal(['1 : must be an array']);
    expect((await mistakes(`[\n{"email": "a@example.com",`)).join()).to.match(/^2 /);
  });

  it('report which other format they are in, where Auth0 or Windows writes it', async () => {
    const user = '{"email":"a@example.com"}';
    for (const [content, message] of [
      [zlib.gzipSync(user), /is compressed with gzip.* gunzip/],
      [Buffer.from(`\uFEFF[${user}]`, 'utf16le'), /is UTF-16.*save it as UTF-8/],
      [Buffer.from('PK\x03\x04\x14'), /is a ZIP archive/],
      [`"Id","Email"\n"'auth0|1","'a@example.com"\n`, /is CSV: export the users as JSON/],
      ['email;name\na@example.com;A', /is CSV/],
      [`{"start":0,"total":1,"users":[${user}]}`, /leave only the list under "users"/],
    ] as const)
      expect(await mistakes(content))
        .to.have.lengthOf(1)
        .and.to.have.property('0')
        .that.matches(message);
  });

  it('of Auth0’s examples are taken, and of its schema each property', async () => {
    const users = EXAMPLES.map((custom_password_hash, i) => ({
      email: `u${i}@example.com`,
      custom_password_hash,
    }));
    const factors = { mfa_factors: [{ totp: { secret: 'JBTWY3DPEHPK3PNP' } }] };
    const phone = { phone_number: '+12125550001', phone_verified: true };
    expect(await mistakes(lines(...users, { email: 'x@example.com', ...factors, ...phone }))).to.deep.equal(
      [],
    );
    expect(await mistakes(lines({ email: 'x@example.com', phone_number: '555' }))).to.deep.equal([
      '2 [0].phone_number: must be a number with its country, such as +12125550001',
    ]);
  });

  it('have no password hash that could not be verified or would match anything', async () => {
    const hash = (value: string, encoding = 'hex') => ({ value, encoding });
    const salt = { value: 'salt' };
    const long = '00'.repeat(32);
    const argon2 = (parameters: string, version = '$v=19') =>
      `$argon2id${version}$${parameters}$c29tZXNhbHQ$${'A'.repeat(43)}`;
    const wrong: [object, RegExp][] = [
      [{ algorithm: 'md6', hash: hash(long) }, /algorithm: must be one of argon2, bcrypt, hmac, ldap, md4/],
      [{ algorithm: 'md5', hash: hash(long) }, /is 32 bytes long in the encoding hex; md5 makes 16/],
      [{ algorithm: 'sha256', hash: hash(long, 'base64') }, /is 48 bytes long in the encoding base64/],
      [{ algorithm: 'sha1', hash: hash('xyz') }, /hash\.value: is not in the encoding hex/],
      [
        { algorithm: 'sha256', hash: hash(long), salt: { value: 'x', encoding: 'hex' } },
        /salt\.value: is not in the encoding hex/,
      ],
      [{ algorithm: 'hmac', hash: { ...hash(long), key: { value: 'k' } } }, /hash\.digest: is missing/],
      [{ algorithm: 'hmac', hash: { ...hash(long), digest: 'sha256' } }, /hash\.key: is missing/],
      [{ algorithm: 'ldap', hash: hash('{CRYPT}abc') }, /must be \{SCHEME\} and base64/],
      [{ algorithm: 'ldap', hash: hash('{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=') }, /has 20 and a salt/],
      [{ algorithm: 'argon2', hash: hash('argon2') }, /must be in the PHC format \$argon2id/],
      [
        { algorithm: 'argon2', hash: hash(argon2('m=65536,t=3,p=4')), salt },
        /salt: must be left out: with argon2/,
      ],
      [
        { algorithm: 'argon2', hash: hash(argon2('m=65536,t=3,p=4', '$v=16')) },
        /of version 16 .* local tenant/,
      ],
      [{ algorithm: 'argon2', hash: hash(argon2('m=2097152,t=1,p=4')) }, /costs the local tenant too much/],
      [{ algorithm: 'argon2', hash: hash(argon2('m=65536,t=400,p=4')) }, /costs the local tenant too much/],
      [{ algorithm: 'argon2', hash: hash(argon2('m=65536,t=0,p=4')) }, /PHC format/],
      [
        { algorithm: 'pbkdf2', hash: hash(`$pbkdf2-sha256$i=4000000,l=64$c2FsdA$${'A'.repeat(86)}`) },
        /costs the local tenant too much: 8000000 rounds/,
      ],
      [
        { algorithm: 'scrypt', salt, hash: hash(long), cost: 2 ** 18, parallelization: 16 },
        /parallelization: costs the local tenant too much/,
      ],
      [{ algorithm: 'bcrypt', hash: hash('plain', 'utf8') }, /hash\.value: must be a bcrypt hash/],
      [{ algorithm: 'pbkdf2', hash: hash('plain', 'utf8') }, /hash\.value: must be in the PHC format/],
      [{ algorithm: 'pbkdf2', hash: hash('$pbkdf2-sha256$i=1,l=16$c2FsdA$AA', 'utf8') }, /PHC format/],
      [
        { algorithm: 'pbkdf2', hash: hash(`$pbkdf2-sha7$i=1$c2FsdA$${'A'.repeat(43)}`, 'utf8') },
        /has the unknown digest sha7; Auth0 has md4/,
      ],
      [
        { algorithm: 'pbkdf2', hash: hash(`$pbkdf2-RSA-MDC2$i=1$c2FsdA$${'A'.repeat(43)}`, 'utf8') },
        /MDC-2, which Auth0 verifies and the local tenant does not/,
      ],
      [{ algorithm: 'scrypt', salt, hash: hash('zz') }, /hash\.value: is not in the encoding hex/],
      [{ algorithm: 'scrypt', salt, hash: hash('00') }, /hash\.value: is 1 bytes long; at least 16/],
      [{ algorithm: 'scrypt', hash: hash(long) }, /salt: is missing/],
      [{ algorithm: 'scrypt', salt, hash: hash(long), keylen: 64 }, /keylen: does not fit the hash/],
      [{ algorithm: 'scrypt', salt, hash: hash(long), cost: 1000 }, /cost: must be a power of two/],
      [
        { algorithm: 'scrypt', salt, hash: hash(long), cost: 2 ** 20, blockSize: 32 },
        /cost: needs more than/,
      ],
    ];
    for (const [one, message] of wrong) {
      const found = await mistakes(custom(one));
      expect(found, JSON.stringify(found)).to.have.lengthOf(1);
      expect(found[0])
        .to.match(message)
        .and.match(/^2 \[0\]\.custom_password_hash/);
    }
    expect(await mistakes(custom({ algorithm: 'scrypt', salt, hash: hash(long) }))).to.deep.equal([]);
  });
});
