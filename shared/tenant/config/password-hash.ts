import { z } from 'zod';
import { digestBytes, readArgon2, readLdap, readPbkdf2, SHORTEST_HASH } from './hash-formats';

/** Costs above 15 take seconds for each login. */
export const bcryptHash = z
  .string()
  .regex(
    /^\$2[ab]\$(?:0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$/,
    'must be a bcrypt hash ($2a$ or $2b$, cost 04 to 15), such as $2b$10$…',
  );

/** In custom_password_hash Auth0 accepts PHP's prefix too. */
const foreignBcryptHash = z
  .string()
  .transform((value) => value.replace(/^\$2y\$/, '$2b$'))
  .pipe(bcryptHash);

/** undefined for text that is not entirely in the encoding (Buffer.from skips invalid characters). */
export function decode(value: string, encoding: 'base64' | 'hex' | 'utf8'): Buffer | undefined {
  // Auth0 accepts base64url as base64.
  const shape = { base64: /^[\w+/-]+={0,2}$/, hex: /^(?:[0-9a-f]{2})+$/i, utf8: /./s }[encoding];
  return shape.test(value) ? Buffer.from(value, encoding) : undefined;
}

const text = z.string().min(1);
const encoding = z.enum(['base64', 'hex', 'utf8']);

/** Auth0's custom_password_hash (Bulk User Import Database Schema). */
export const customPasswordHash = z
  .strictObject({
    algorithm: z.enum([
      'argon2',
      'bcrypt',
      'hmac',
      'ldap',
      'md4',
      'md5',
      'sha1',
      'sha256',
      'sha512',
      'pbkdf2',
      'scrypt',
    ]),
    hash: z.strictObject({
      value: text,
      encoding: encoding.default('base64'),
      digest: z
        .enum(['md4', 'md5', 'ripemd160', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'whirlpool'])
        .optional(),
      key: z.strictObject({ value: text, encoding: encoding.default('utf8') }).optional(),
    }),
    salt: z
      .strictObject({
        value: text,
        encoding: encoding.default('utf8'),
        position: z.enum(['prefix', 'suffix']).optional(),
      })
      .optional(),
    password: z
      .strictObject({
        encoding: z.enum(['ascii', 'utf8', 'utf16le', 'ucs2', 'latin1', 'binary']).optional(),
      })
      .optional(),
    keylen: z.int().min(SHORTEST_HASH).max(1024).optional(),
    cost: z
      .int()
      .min(2)
      .max(2 ** 20)
      .refine((n) => Number.isInteger(Math.log2(n)), 'must be a power of two, such as 16384')
      .optional(),
    blockSize: z.int().min(1).max(32).optional(),
    parallelization: z.int().min(1).max(16).optional(),
  })
  .superRefine((custom, context) => {
    const wrong: Wrong = (message, ...path) =>
      context.addIssue({ code: 'custom', path: path.length > 0 ? path : ['hash', 'value'], message });
    const { algorithm, hash } = custom;
    if (algorithm === 'scrypt') return checkScrypt(custom, wrong);
    if (algorithm in WHOLE) {
      const mistake = WHOLE[algorithm as keyof typeof WHOLE](hash.value);
      if (typeof mistake === 'string') wrong(mistake);
      // Auth0 allows a separate salt with bcrypt only.
      if (algorithm === 'bcrypt') checkSalt(custom, wrong);
      else if (custom.salt) wrong(`must be left out: with ${algorithm} hash.value has the salt`, 'salt');
      return;
    }
    checkSalt(custom, wrong);
    if (algorithm !== 'hmac') return checkLength(custom, algorithm, wrong);
    if (!hash.digest) wrong('is missing', 'hash', 'digest');
    else checkLength(custom, hash.digest, wrong);
    if (!hash.key) wrong('is missing', 'hash', 'key');
    else if (!decode(hash.key.value, hash.key.encoding))
      wrong(`is not in the encoding ${hash.key.encoding}`, 'hash', 'key', 'value');
  });

export type CustomPasswordHash = z.output<typeof customPasswordHash>;
type Wrong = (message: string, ...path: string[]) => void;

/** Algorithms whose hash contains parameters and salt; each returns a text if the hash is wrong. */
const WHOLE = {
  argon2: readArgon2,
  bcrypt: (value: string) => foreignBcryptHash.safeParse(value).error?.issues[0]?.message,
  ldap: readLdap,
  pbkdf2: readPbkdf2,
};

function checkLength({ hash }: CustomPasswordHash, digest: string, wrong: Wrong): void {
  const bytes = decode(hash.value, hash.encoding);
  const wanted = digestBytes(digest);
  if (!bytes) wrong(`is not in the encoding ${hash.encoding}`);
  else if (bytes.length !== wanted)
    wrong(`is ${bytes.length} bytes long in the encoding ${hash.encoding}; ${digest} makes ${wanted}`);
}

function checkSalt({ salt }: CustomPasswordHash, wrong: Wrong): void {
  if (salt && !decode(salt.value, salt.encoding))
    wrong(`is not in the encoding ${salt.encoding}`, 'salt', 'value');
}

function checkScrypt(custom: CustomPasswordHash, wrong: Wrong): void {
  const { hash, salt, keylen, cost = 16_384, blockSize = 8, parallelization = 1 } = custom;
  const bytes = decode(hash.value, hash.encoding);
  if (!bytes) wrong(`is not in the encoding ${hash.encoding}`);
  else if (bytes.length < SHORTEST_HASH)
    wrong(`is ${bytes.length} bytes long; at least ${SHORTEST_HASH} are needed`);
  else if (keylen !== undefined && keylen !== bytes.length)
    wrong(`does not fit the hash, which is ${bytes.length} bytes long`, 'keylen');
  if (!salt) wrong('is missing', 'salt');
  else checkSalt(custom, wrong);
  // RFC 7914, section 2: scrypt fills 128 * N * r bytes p times.
  const memory = 128 * cost * blockSize;
  if (memory > 2 ** 28) wrong('needs more than 256 MiB together with blockSize', 'cost');
  else if (memory * parallelization > 2 ** 30)
    wrong('costs the local tenant too much together with cost and blockSize', 'parallelization');
}
