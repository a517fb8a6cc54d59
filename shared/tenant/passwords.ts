import crypto from 'node:crypto';
import { promisify } from 'node:util';
import { hash as bcrypt, verify } from '@node-rs/bcrypt';
import { type CustomPasswordHash, decode, parsePbkdf2, SHORTEST_HASH } from './config/password-hash';
import type { User } from './users/user';

const pbkdf2 = promisify(crypto.pbkdf2);
const scrypt = promisify<string, Buffer, number, crypto.ScryptOptions, Buffer>(crypto.scrypt);

/** In bytes; longer ones are refused before any work is done for them. bcrypt itself reads the first 72 bytes only. */
const LONGEST_PASSWORD = 1024;

/** A hash of no one's password, at the cost of the users' own: an unknown user takes as long as a known one. */
const NOBODY = '$2b$10$YBlU4zSYeOViKbDlYrDSUekD0LtnEYtbF.LCRz.Wb20GhJ6BRo8Oy';

/**
 * Whether the password is the user's. Each hash is computed on libuv's thread pool, never on the event loop; the pool's
 * size (four threads) is the bound on how many run at a time. Nothing is cached: a verified password leaves no trace.
 */
export async function verifyPassword(
  user: Pick<User, 'password_hash' | 'custom_password_hash'> | undefined,
  password: string,
): Promise<boolean> {
  if (Buffer.byteLength(password) > LONGEST_PASSWORD) return false;
  if (!user) {
    await verify(password, NOBODY);
    return false;
  }
  if (user.password_hash !== undefined) return verify(password, user.password_hash);
  return user.custom_password_hash !== undefined && verifyCustom(user.custom_password_hash, password);
}

/** The hash to keep of a new password, at the cost that users.json's demonstration users have. */
export const hashPassword = (password: string): Promise<string> => bcrypt(password, { cost: 10 });

async function verifyCustom(custom: CustomPasswordHash, password: string): Promise<boolean> {
  const { value, encoding } = custom.hash;
  if (custom.algorithm === 'bcrypt') return verify(password, value);
  if (custom.algorithm === 'pbkdf2') return verifyPbkdf2(value, password);
  const expected = decode(value, encoding);
  const salt = decode(custom.salt?.value ?? '', custom.salt?.encoding ?? 'utf8');
  if (!expected || !salt) return false;
  const N = custom.cost ?? 16_384;
  const r = custom.blockSize ?? 8;
  const p = custom.parallelization ?? 1;
  return equal(await scrypt(password, salt, expected.length, { N, r, p, maxmem: 256 * N * r }), expected);
}

async function verifyPbkdf2(phc: string, password: string): Promise<boolean> {
  const found = parsePbkdf2(phc);
  if (!found) return false;
  const { salt, iterations, hash, digest } = found;
  return equal(await pbkdf2(password, salt, iterations, hash.length, digest), hash);
}

/** An empty hash would equal an empty key, whatever the password: the configuration refuses it, and so does this. */
const equal = (key: Buffer, expected: Buffer) =>
  expected.length >= SHORTEST_HASH && key.length === expected.length && crypto.timingSafeEqual(key, expected);
