import crypto from 'node:crypto';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { expect } from 'chai';
import { type CustomPasswordHash, customPasswordHash } from '../../shared/tenant/config/password-hash';
import type { User } from '../../shared/tenant/config/user';
import { verifyPassword } from '../../shared/tenant/users/passwords';

/** Hashes that others have published, each with its password. */
const KNOWN: [source: string, password: string, hash: object][] = [
  [
    'the reference implementation of Argon2, Argon2id',
    'password',
    argon2(
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ',
      '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7',
    ),
  ],
  [
    'the reference implementation of Argon2, Argon2i',
    'password',
    argon2('$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ', '45d7ac72e76f242b20b77b9bf9bf9d5915894e669a24e6c6'),
  ],
  [
    'crypt_blowfish, bcrypt',
    'U*U',
    {
      algorithm: 'bcrypt',
      hash: { value: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', encoding: 'utf8' },
    },
  ],
  [
    'crypt_blowfish, bcrypt with the prefix of PHP',
    'U*U',
    {
      algorithm: 'bcrypt',
      hash: { value: '$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW' },
    },
  ],
  ['RFC 2202, HMAC-MD5', ...jefe('md5', '750c783e6ab0b503eaa86e310a5db738')],
  ['RFC 2286, HMAC-RIPEMD160', ...jefe('ripemd160', 'dda6c0213a485a9e24f4742064a7f033b43c4069')],
  [
    'RFC 4231, HMAC-SHA-256',
    ...jefe('sha256', '5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843'),
  ],
  ['LDAP, {SHA}', 'password', { algorithm: 'ldap', hash: { value: '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=' } }],
  ['LDAP, {md5}', 'password', { algorithm: 'ldap', hash: { value: '{md5}X03MO1qnZdYdgyfeuILPmQ==' } }],
  ['RFC 1320, MD4', 'message digest', digest('md4', 'd9130a8164549fe818874806e1c7014b')],
  [
    'Windows, NTLM',
    'password',
    { ...digest('md4', '8846f7eaee8fb117ad06bdd830b7586c'), password: { encoding: 'utf16le' } },
  ],
  [
    'RFC 1321, MD5 with a salt before the password',
    'digest',
    { ...digest('md5', 'f96b697d7cb7938d525a2f31aaf161d0'), salt: { value: 'message ' } },
  ],
  [
    'RFC 1321, MD5 with a salt behind the password',
    'message ',
    {
      ...digest('md5', 'f96b697d7cb7938d525a2f31aaf161d0'),
      salt: { value: '646967657374', encoding: 'hex', position: 'suffix' },
    },
  ],
  ['FIPS 180, SHA-1', 'abc', digest('sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d')],
  [
    'FIPS 180, SHA-256 in base64url',
    'abc',
    {
      algorithm: 'sha256',
      hash: { value: 'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0', encoding: 'base64' },
    },
  ],
  [
    'FIPS 180, SHA-512',
    'abc',
    digest(
      'sha512',
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ),
  ],
  [
    'RFC 6070, PBKDF2',
    'password',
    { algorithm: 'pbkdf2', hash: { value: '$pbkdf2-sha1$i=4096,l=20$c2FsdA$SwB5AbdlSJq+rUnZJvch0GWkKcE' } },
  ],
  [
    'RFC 7914, scrypt',
    'pleaseletmein',
    {
      ...digest(
        'scrypt',
        '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
      ),
      salt: { value: 'SodiumChloride' },
      keylen: 64,
    },
  ],
];

function argon2(parameters: string, key: string): object {
  const value = `${parameters}$${Buffer.from(key, 'hex').toString('base64').replace(/=+$/, '')}`;
  return { algorithm: 'argon2', hash: { value } };
}
function digest(algorithm: string, value: string): object {
  return { algorithm, hash: { value, encoding: 'hex' } };
}
/** RFC 2202, 2286 and 4231 share this key and text. */
function jefe(name: string, value: string): [password: string, hash: object] {
  const hash = { value, encoding: 'hex', digest: name, key: { value: 'Jefe' } };
  return ['what do ya want for nothing?', { algorithm: 'hmac', hash }];
}

/** Of no one's password, at the lowest cost of bcrypt: what hides a quick digest from the clock has tests of its own. */
const CHEAP = '$2b$04$YBlU4zSYeOViKbDlYrDSUekD0LtnEYtbF.LCRz.Wb20GhJ6BRo8Oy';
const verified = (user: User, password: string) => verifyPassword(user, password, CHEAP);

describe('a password hash of another system', () => {
  const withHash = (hash: object) => ({ custom_password_hash: customPasswordHash.parse(hash) }) as User;

  for (const [source, password, hash] of KNOWN)
    it(`is verified: ${source}`, async () => {
      const user = withHash(hash);
      expect(await verified(user, password)).to.equal(true);
      for (const wrong of [`${password} `, password.slice(1), ''])
        expect(await verified(user, wrong), JSON.stringify(wrong)).to.equal(false);
    });

  it('is verified with every salted scheme of LDAP and every digest of an HMAC, as OpenSSL makes them', async () => {
    const salt = crypto.randomBytes(8);
    for (const [scheme, name] of [
      ['SMD5', 'md5'],
      ['SSHA', 'sha1'],
      ['SSHA224', 'sha224'],
      ['ssha256', 'sha256'],
      ['SSHA-384', 'sha384'],
      ['SSHA512', 'sha512'],
    ] as const) {
      const bytes = Buffer.concat([crypto.createHash(name).update('pw').update(salt).digest(), salt]);
      const user = withHash({ algorithm: 'ldap', hash: { value: `{${scheme}}${bytes.toString('base64')}` } });
      expect([await verified(user, 'pw'), await verified(user, 'px')], scheme).to.deep.equal([true, false]);
    }
    for (const name of ['md5', 'ripemd160', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']) {
      const key = { value: 'a2V5', encoding: 'base64' };
      const value = crypto.createHmac(name, 'key').update('spw').digest('base64');
      const user = withHash({ algorithm: 'hmac', hash: { value, digest: name, key }, salt: { value: 's' } });
      expect([await verified(user, 'pw'), await verified(user, 'px')], name).to.deep.equal([true, false]);
    }
    // Published for "abc" with no key; Whirlpool (ISO/IEC 10118-3) has blocks of 64 bytes, as MD4.
    const { createHMAC, createWhirlpool } = await import('hash-wasm');
    const value = (await createHMAC(createWhirlpool(), 'key')).update('pw').digest();
    const user = withHash({
      algorithm: 'hmac',
      hash: { value, encoding: 'hex', digest: 'whirlpool', key: { value: 'key' } },
    });
    expect(await verified(user, 'pw')).to.equal(true);
  });

  it('is verified with every digest of PBKDF2 that Auth0 names, as OpenSSL and hash-wasm make them', async () => {
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
    const { createMD4, createRIPEMD160, createWhirlpool, pbkdf2 } = await import('hash-wasm');
    const byLibrary = { md4: createMD4, ripemd160: createRIPEMD160, whirlpool: createWhirlpool };
    for (const [names, digest] of [
      [['md4', 'RSA-MD4', 'md4WithRSAEncryption'], 'md4'],
      [['md5', 'RSA-MD5', 'md5WithRSAEncryption', 'ssl3-md5'], 'md5'],
      [['ripemd', 'ripemd160', 'rmd160', 'ripemd160WithRSA', 'RSA-RIPEMD160'], 'ripemd160'],
      [['sha1', 'RSA-SHA1', 'RSA-SHA1-2', 'sha1WithRSAEncryption', 'ssl3-sha1'], 'sha1'],
      [['sha224', 'RSA-SHA224', 'sha224WithRSAEncryption'], 'sha224'],
      [['sha256', 'RSA-SHA256', 'sha256WithRSAEncryption'], 'sha256'],
      [['sha384', 'RSA-SHA384', 'sha384WithRSAEncryption'], 'sha384'],
      [['sha512', 'RSA-SHA512', 'sha512WithRSAEncryption'], 'sha512'],
      [['whirlpool'], 'whirlpool'],
    ] as const) {
      const key = Object.hasOwn(byLibrary, digest)
        ? await pbkdf2({
            password: 'pw',
            salt: 'salt1234',
            iterations: 3,
            hashLength: 64,
            hashFunction: byLibrary[digest as keyof typeof byLibrary](),
            outputType: 'binary',
          })
        : crypto.pbkdf2Sync('pw', 'salt1234', 3, 64, digest);
      for (const name of names) {
        const value = `$pbkdf2-${name}$i=3,l=64$${base64(Buffer.from('salt1234'))}$${base64(key)}`;
        const user = withHash({ algorithm: 'pbkdf2', hash: { value, encoding: 'utf8' } });
        const answers = await Promise.all(['pw', 'px', ''].map((one) => verified(user, one)));
        expect(answers, name).to.deep.equal([true, false, false]);
      }
    }
  });

  it('is verified by bcrypt with a salt of its own and with the encoding of its password', async () => {
    const make = (bytes: Buffer) => bcrypt(bytes, { cost: 4 });
    const utf16 = Buffer.from('pä', 'utf16le');
    for (const [made, more] of [
      [Buffer.from('saltpä'), { salt: { value: 'salt' } }],
      [Buffer.from('saltpä'), { salt: { value: '73616c74', encoding: 'hex', position: 'prefix' } }],
      [Buffer.from('päsalt'), { salt: { value: 'salt', position: 'suffix' } }],
      [Buffer.from('pä', 'latin1'), { password: { encoding: 'latin1' } }],
      [Buffer.concat([Buffer.from('s'), utf16]), { salt: { value: 's' }, password: { encoding: 'ucs2' } }],
    ] as const) {
      const user = withHash({ algorithm: 'bcrypt', hash: { value: await make(made) }, ...more });
      const answers = await Promise.all(['pä', 'px', 'saltpä'].map((one) => verified(user, one)));
      expect(answers, JSON.stringify(more)).to.deep.equal([true, false, false]);
    }
  });

  it('does not hold up the event loop, also where Argon2 fills its memory', async () => {
    const [, , hash] = KNOWN[1] ?? [];
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const before = performance.now();
    await Promise.all([1, 2, 3].map(() => verifyPassword(withHash(hash ?? {}), 'wrong')));
    clearInterval(watch);
    expect(longest, 'milliseconds without a turn').to.be.below((performance.now() - before) / 2);
  });

  it('tells nobody by the clock who is unknown, has no password, or one that is quickly verified', async () => {
    const users = [undefined, {} as User, withHash(digest('md5', '00'.repeat(16)))];
    const least = users.map(() => Number.POSITIVE_INFINITY);
    const alike = () => least.every((one) => one > (least[0] ?? 0) / 2);
    // In turns, and again where the machine was busy with something else: a quick answer remains the least for ever.
    for (let round = 0; round < 5 || (round < 30 && !alike()); round++)
      for (const [i, user] of users.entries()) {
        const before = performance.now();
        await verifyPassword(user, 'wrong');
        least[i] = Math.min(least[i] ?? 0, performance.now() - before);
      }
    expect(alike(), `milliseconds: ${least}`).to.equal(true);
  });
});

describe('a password hash that cannot be right', () => {
  const verify = (custom_password_hash: CustomPasswordHash) =>
    verified({ custom_password_hash } as User, 'any password');
  const scrypt = (value: string, more: Partial<CustomPasswordHash> = {}): CustomPasswordHash => ({
    algorithm: 'scrypt',
    hash: { value, encoding: 'hex' },
    salt: { value: 'salt', encoding: 'utf8' },
    cost: 1024,
    ...more,
  });
  const pbkdf2 = (value: string): CustomPasswordHash => ({
    algorithm: 'pbkdf2',
    hash: { value, encoding: 'utf8' },
  });

  // Each of these decodes to no bytes at all, and no bytes equal a key of length 0.
  it('lets nobody in when nothing of it can be decoded', async () => {
    expect(await verify(scrypt('zz')), 'scrypt, not hex').to.equal(false);
    expect(await verify(scrypt('', { keylen: 0 })), 'scrypt, empty').to.equal(false);
    expect(await verify(pbkdf2('$pbkdf2-sha256$i=1$c2FsdA$A')), 'pbkdf2, half a byte').to.equal(false);
    expect(await verify(pbkdf2('$pbkdf2-sha256$i=1,l=0$c2FsdA$A')), 'pbkdf2, no length').to.equal(false);
  });

  it('lets nobody in when it is so short that every 256th password fits', async () => {
    const one = crypto.scryptSync('any password', 'salt', 1, { N: 1024 }).toString('hex');
    expect(await verify(scrypt(one)), 'scrypt').to.equal(false);
    const two = crypto
      .pbkdf2Sync('any password', 'salt', 1, 1, 'sha256')
      .toString('base64')
      .replace(/=/g, '');
    expect(await verify(pbkdf2(`$pbkdf2-sha256$i=1,l=1$c2FsdA$${two}`)), 'pbkdf2').to.equal(false);
  });

  it('is a wrong password, not a failure of the tenant, when the algorithm is unknown', async () => {
    expect(await verify(pbkdf2('$pbkdf2-sha7$i=1,l=16$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA'))).to.equal(false);
    expect(await verify({ algorithm: 'bcrypt', hash: { value: 'plain', encoding: 'utf8' } })).to.equal(false);
  });
});
