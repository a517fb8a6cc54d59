import crypto from 'node:crypto';
import { promisify } from 'node:util';
import { hash as bcrypt, verify } from '@node-rs/bcrypt';
import { own } from '../../lib/own';
import { readArgon2, readLdap, readPbkdf2, SHORTEST_HASH } from '../config/hash-formats';
import { type CustomPasswordHash, decode } from '../config/password-hash';
import type { User } from '../config/user';
import { argon2, MAKERS, pbkdf2OfLibrary } from './hash-thread';

const pbkdf2 = promisify(crypto.pbkdf2);
const scrypt = promisify<Buffer, Buffer, number, crypto.ScryptOptions, Buffer>(crypto.scrypt);

/** Bytes; longer ones are refused without work. bcrypt reads the first 72 only. */
const LONGEST_PASSWORD = 1024;

/** Matches nobody, at the cost of the users' hashes. */
const NOBODY = '$2b$10$YBlU4zSYeOViKbDlYrDSUekD0LtnEYtbF.LCRz.Wb20GhJ6BRo8Oy';

/** Hashes are computed on libuv's pool (four threads, the limit at a time) or in another thread. Nothing is cached.
 * @param nobody a bcrypt hash whose work hides that a digest is fast, or that there is no user. */
export async function verifyPassword(
  user: Pick<User, 'password_hash' | 'custom_password_hash'> | undefined,
  password: string,
  nobody = NOBODY,
): Promise<boolean> {
  if (Buffer.byteLength(password) > LONGEST_PASSWORD) return false;
  if (user?.password_hash !== undefined) return verify(password, user.password_hash);
  const custom = user?.custom_password_hash;
  if (custom?.algorithm === 'bcrypt') return verify(salted(custom, password), custom.hash.value);
  // A fast digest, an unknown user and a user without password must all take as long.
  const [right] = await Promise.all([
    custom !== undefined && verifyCustom(custom, password),
    verify(password, nobody),
  ]);
  return right;
}

/** At the cost of the demo users' hashes. */
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

const encoded = ({ password }: CustomPasswordHash, text: string) =>
  Buffer.from(text, password?.encoding ?? 'utf8');

const saltOf = ({ salt }: CustomPasswordHash): Buffer =>
  (salt && decode(salt.value, salt.encoding)) ?? Buffer.alloc(0);

/** With the salt before or after it. */
function salted(custom: CustomPasswordHash, text: string): Buffer {
  const both = [saltOf(custom), encoded(custom, text)];
  return Buffer.concat(custom.salt?.position === 'suffix' ? both.reverse() : both);
}

async function verifyPbkdf2(phc: string, password: Buffer): Promise<boolean> {
  const found = readPbkdf2(phc);
  if (typeof found === 'string') return false;
  const { salt, iterations, hash, digest } = found;
  if (own(MAKERS, digest)) return password.length > 0 && equal(await pbkdf2OfLibrary(password, found), hash);
  return equal(await pbkdf2(password, salt, iterations, hash.length, digest), hash);
}

async function verifyArgon2(phc: string, password: Buffer): Promise<boolean> {
  const found = readArgon2(phc);
  // The library refuses an empty password, which no user has.
  if (typeof found === 'string' || password.length === 0) return false;
  return equal(await argon2(password, found), found.hash);
}

async function verifyLdap(value: string, password: Buffer): Promise<boolean> {
  const found = readLdap(value);
  if (typeof found === 'string') return false;
  const { digest, salt, hash } = found;
  return equal(await digested(digest, Buffer.concat([password, salt])), hash);
}

/** With a key, an HMAC. */
async function digested(name: string, data: Buffer, key?: Buffer): Promise<Buffer> {
  const maker = own(MAKERS, name);
  if (!maker) return (key ? crypto.createHmac(name, key) : crypto.createHash(name)).update(data).digest();
  const library = await import('hash-wasm');
  const made = library[maker]();
  const hasher = await (key ? library.createHMAC(made, key) : made);
  return Buffer.from(hasher.init().update(data).digest('binary'));
}

/** An empty hash would equal an empty key; the configuration refuses it too. */
const equal = (key: Buffer, expected: Buffer) =>
  expected.length >= SHORTEST_HASH && key.length === expected.length && crypto.timingSafeEqual(key, expected);
