import crypto from 'node:crypto';
import { promisify } from 'node:util';
import { hash as bcrypt, verify } from '@node-rs/bcrypt';
import { readArgon2, readLdap, readPbkdf2, SHORTEST_HASH } from '../config/hash-formats';
import { type CustomPasswordHash, decode } from '../config/password-hash';
import type { User } from '../config/user';
import { argon2, pbkdf2OfLibrary } from './hash-thread';

const pbkdf2 = promisify(crypto.pbkdf2);
const scrypt = promisify<Buffer, Buffer, number, crypto.ScryptOptions, Buffer>(crypto.scrypt);

/** In bytes; longer ones are refused before any work is done for them. bcrypt itself reads the first 72 bytes only.
 *  */
const LONGEST_PASSWORD = 1024;

/** A hash of no one's password, at the cost of the users' own: an unknown user takes as long as a known one. */
const NOBODY = '$2b$10$YBlU4zSYeOViKbDlYrDSUekD0LtnEYtbF.LCRz.Wb20GhJ6BRo8Oy';

/**
 * Whether the password is the user's. Each hash is computed on libuv's thread pool or a thread of its own, never on the event loop;
 * the pool's size (four threads) is the bound on how many run at a time. Nothing is cached: a verified password leaves no trace.
 *
 * @param nobody the bcrypt hash whose work hides how quickly a digest is made, and that there is no user.
 */
export async function verifyPassword(
  user: Pick<User, 'password_hash' | 'custom_password_hash'> | undefined,
  password: string,
  nobody = NOBODY,
): Promise<boolean> {
  if (Buffer.byteLength(password) > LONGEST_PASSWORD) return false;
  if (user?.password_hash !== undefined) return verify(password, user.password_hash);
  const custom = user?.custom_password_hash;
  if (custom?.algorithm === 'bcrypt') return verify(salted(custom, password), custom.hash.value);
  // A digest is made in no time, and nothing is made for who is unknown or has no password: neither may be seen by
  // the clock.
  const [right] = await Promise.all([
    custom !== undefined && verifyCustom(custom, password),
    verify(password, nobody),
  ]);
  return right;
}

/** The hash to keep of a new password, at the cost that users.json's demonstration users have. */
export const hashPassword = (password: string): Promise<string> => bcrypt(password, { cost: 10 });

async function verifyCustom(custom: CustomPasswordHash, text: string): Promise<boolean> {
  const { algorithm, hash } = custom;
  const password = encoded(custom, text);
  if (algorithm === 'pbkdf2') return verifyPbkdf2(hash.value, password);
  if (algorithm === 'argon2') return verifyArgon2(hash.value, password);
  if (algorithm === 'ldap') return verifyLdap(hash.value, password);
  const expected = decode(hash.value, hash.encoding);
  if (!expected) return false;
  if (algorithm === 'scrypt') {
    const { cost: N = 16_384, blockSize: r = 8, parallelization: p = 1 } = custom;
    return equal(
      await scrypt(password, saltOf(custom), expected.length, { N, r, p, maxmem: 256 * N * r * p }),
      expected,
    );
  }
  const both = salted(custom, text);
  if (algorithm !== 'hmac') return equal(await digested(algorithm, both), expected);
  const key = hash.key && decode(hash.key.value, hash.key.encoding);
  return !!key && !!hash.digest && equal(await digested(hash.digest, both, key), expected);
}

/** The password in the encoding in which its hash was made. */
const encoded = ({ password }: CustomPasswordHash, text: string) =>
  Buffer.from(text, password?.encoding ?? 'utf8');

const saltOf = ({ salt }: CustomPasswordHash): Buffer =>
  (salt && decode(salt.value, salt.encoding)) ?? Buffer.alloc(0);

/** The same with the salt before or behind it. */
function salted(custom: CustomPasswordHash, text: string): Buffer {
  const both = [saltOf(custom), encoded(custom, text)];
  return Buffer.concat(custom.salt?.position === 'suffix' ? both.reverse() : both);
}

/** Digests that OpenSSL 3 no longer has, or has not in every build of Node.js. */
const OF_LIBRARY = new Set(['md4', 'ripemd160', 'whirlpool']);

async function verifyPbkdf2(phc: string, password: Buffer): Promise<boolean> {
  const found = readPbkdf2(phc);
  if ('mistake' in found) return false;
  const { salt, iterations, hash, digest } = found.read;
  if (OF_LIBRARY.has(digest))
    return password.length > 0 && equal(await pbkdf2OfLibrary(password, found.read), hash);
  return equal(await pbkdf2(password, salt, iterations, hash.length, digest), hash);
}

async function verifyArgon2(phc: string, password: Buffer): Promise<boolean> {
  const found = readArgon2(phc);
  // The library refuses an empty password, which nobody has.
  if ('mistake' in found || password.length === 0) return false;
  return equal(await argon2(password, found.read), found.read.hash);
}

async function verifyLdap(value: string, password: Buffer): Promise<boolean> {
  const found = readLdap(value);
  if ('mistake' in found) return false;
  const { digest, salt, hash } = found.read;
  return equal(await digested(digest, Buffer.concat([password, salt])), hash);
}

/** A digest, or with a key an HMAC. */
async function digested(name: string, data: Buffer, key?: Buffer): Promise<Buffer> {
  if (!OF_LIBRARY.has(name))
    return (key ? crypto.createHmac(name, key) : crypto.createHash(name)).update(data).digest();
  const { createHMAC, createMD4, createRIPEMD160, createWhirlpool } = await import('hash-wasm');
  const makers = { md4: createMD4, ripemd160: createRIPEMD160, whirlpool: createWhirlpool };
  const made = makers[name as keyof typeof makers]();
  const hasher = await (key ? createHMAC(made, key) : made);
  return Buffer.from(hasher.init().update(data).digest('binary'));
}

/** An empty hash would equal an empty key, whatever the password: the configuration refuses it, and so does this. */
const equal = (key: Buffer, expected: Buffer) =>
  expected.length >= SHORTEST_HASH && key.length === expected.length && crypto.timingSafeEqual(key, expected);
