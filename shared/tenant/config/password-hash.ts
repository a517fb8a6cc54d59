import { z } from 'zod';

/** Shorter hashes than this, in bytes, are refused: an empty one would match every password. */
export const SHORTEST_HASH = 16;

/** The bytes of a text, or undefined when it is not wholly in that encoding (Buffer.from skips what it cannot read). */
export function decode(value: string, encoding: 'base64' | 'hex' | 'utf8'): Buffer | undefined {
  const shape = { base64: /^[A-Za-z0-9+/]+={0,2}$/, hex: /^(?:[0-9a-f]{2})+$/i, utf8: /./s }[encoding];
  return shape.test(value) ? Buffer.from(value, encoding) : undefined;
}

export interface Pbkdf2Hash {
  digest: string;
  iterations: number;
  salt: Buffer;
  hash: Buffer;
}

/**
 * Reads PBKDF2 in the PHC string format, as Auth0's bulk import has it: $pbkdf2-sha256$i=100000,l=32$salt$hash, both base64
 * without padding.
 *
 * @returns undefined when it is not in that format, too short to be safe, or too costly to compute.
 */
export function parsePbkdf2(phc: string): Pbkdf2Hash | undefined {
  const found =
    /^\$pbkdf2-(sha1|sha256|sha512)\$i=(\d{1,8})(?:,l=(\d{1,4}))?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
      phc,
    );
  if (!found) return undefined;
  const [, digest = '', i, l, salt = '', value = ''] = found;
  const iterations = Number(i);
  const hash = Buffer.from(value, 'base64');
  if (
    iterations < 1 ||
    iterations > 10_000_000 ||
    hash.length < SHORTEST_HASH ||
    hash.length !== Number(l ?? hash.length)
  )
    return undefined;
  return { digest, iterations, salt: Buffer.from(salt, 'base64'), hash };
}

/** Costs above 2^15 take seconds for each log-in. */
export const bcryptHash = z
  .string()
  .regex(
    /^\$2[ab]\$(?:0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$/,
    'must be a bcrypt hash ($2a$ or $2b$, cost 04 to 15), such as $2b$10$…',
  );

const text = z.string().min(1);
const encoding = z.enum(['base64', 'hex', 'utf8']);

/** Auth0's custom_password_hash, for the algorithms that the tenant verifies. */
export const customPasswordHash = z
  .strictObject({
    algorithm: z.enum(['bcrypt', 'pbkdf2', 'scrypt']),
    hash: z.strictObject({ value: text, encoding: encoding.default('base64') }),
    salt: z
      .strictObject({
        value: text,
        encoding: encoding.default('utf8'),
        position: z.enum(['prefix', 'suffix']).optional(),
      })
      .optional(),
    password: z.strictObject({ encoding: z.literal('utf8').optional() }).optional(),
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
    const wrong = (message: string, ...path: string[]) =>
      context.addIssue({ code: 'custom', path: path.length > 0 ? path : ['hash', 'value'], message });
    if (custom.algorithm === 'bcrypt') {
      const [issue] = bcryptHash.safeParse(custom.hash.value).error?.issues ?? [];
      if (issue) wrong(issue.message);
    } else if (custom.algorithm === 'pbkdf2') {
      if (!parsePbkdf2(custom.hash.value))
        wrong('must be in the PHC format $pbkdf2-sha256$i=100000,l=32$SALT$HASH (base64 without =)');
    } else {
      checkScrypt(custom, wrong);
    }
  });

export type CustomPasswordHash = z.output<typeof customPasswordHash>;

function checkScrypt(
  { hash, salt, keylen, cost = 16_384, blockSize = 8 }: CustomPasswordHash,
  wrong: (message: string, ...path: string[]) => void,
): void {
  const bytes = decode(hash.value, hash.encoding);
  if (!bytes) wrong(`is not in the encoding ${hash.encoding}`);
  else if (bytes.length < SHORTEST_HASH)
    wrong(`is ${bytes.length} bytes long; at least ${SHORTEST_HASH} are needed`);
  else if (keylen !== undefined && keylen !== bytes.length)
    wrong(`does not fit the hash, which is ${bytes.length} bytes long`, 'keylen');
  if (!salt) wrong('is missing', 'salt');
  else if (!decode(salt.value, salt.encoding))
    wrong(`is not in the encoding ${salt.encoding}`, 'salt', 'value');
  // RFC 7914, section 2: scrypt needs 128 * N * r bytes.
  if (128 * cost * blockSize > 2 ** 28) wrong('needs more than 256 MiB together with blockSize', 'cost');
}
