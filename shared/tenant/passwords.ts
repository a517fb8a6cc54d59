import crypto from 'node:crypto';
import { promisify } from 'node:util';
import { verify } from '@node-rs/bcrypt';
import type { CustomPasswordHash, User } from './config/users';

const pbkdf2 = promisify(crypto.pbkdf2);
const scrypt = promisify<string, Buffer, number, crypto.ScryptOptions, Buffer>(crypto.scrypt);

/** Longer ones are refused before any work is done for them, in bytes. */
const LONGEST_PASSWORD = 1024;

/** A hash of no one's password, at the cost of the users' own: an unknown user takes as long as a known one. */
const NOBODY = '$2b$10$YBlU4zSYeOViKbDlYrDSUekD0LtnEYtbF.LCRz.Wb20GhJ6BRo8Oy';

/**
 * Whether the password is the user's. Each hash is computed on libuv's thread pool, never on the event loop; the pool's
 * size (four threads) is the bound on how many run at a time. Nothing is cached: a verified password leaves no trace.
 */
export async function verifyPassword(user: User | undefined, password: string): Promise<boolean> {
  if (Buffer.byteLength(password) > LONGEST_PASSWORD) return false;
  if (!user) {
    await verify(password, NOBODY);
    return false;
  }
  if (user.password_hash !== undefined) return verify(password, user.password_hash);
  return user.custom_password_hash !== undefined && verifyCustom(user.custom_password_hash, password);
}

async function verifyCustom(custom: CustomPasswordHash, password: string): Promise<boolean> {
  const { value, encoding } = custom.hash;
  if (custom.algorithm === 'bcrypt') return verify(password, value);
  if (custom.algorithm === 'pbkdf2') return verifyPbkdf2(value, password);
  const expected = Buffer.from(value, encoding);
  const salt = Buffer.from(custom.salt?.value ?? '', custom.salt?.encoding ?? 'utf8');
  const N = custom.cost ?? 16_384;
  const r = custom.blockSize ?? 8;
  const p = custom.parallelization ?? 1;
  const key = await scrypt(password, salt, custom.keylen ?? expected.length, {
    N,
    r,
    p,
    maxmem: 256 * N * r,
  });
  return equal(key, expected);
}

/** Auth0 takes PBKDF2 in the PHC string format: $pbkdf2-sha256$i=100000,l=32$salt$hash, base64 without padding. */
async function verifyPbkdf2(phc: string, password: string): Promise<boolean> {
  const found = /^\$pbkdf2-(sha\d+)\$i=(\d+)(?:,l=(\d+))?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc);
  if (!found) return false;
  const [, digest = '', iterations = '', length, salt = '', hash = ''] = found;
  const expected = Buffer.from(hash, 'base64');
  const key = await pbkdf2(
    password,
    Buffer.from(salt, 'base64'),
    Number(iterations),
    Number(length ?? expected.length),
    digest,
  );
  return equal(key, expected);
}

const equal = (a: Buffer, b: Buffer) => a.length === b.length && crypto.timingSafeEqual(a, b);
