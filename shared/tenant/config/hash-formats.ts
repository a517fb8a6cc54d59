import { own } from '../../lib/own';

/** In bytes; shorter hashes are refused, since an empty one would match every password. */
export const SHORTEST_HASH = 16;
const LONGEST_HASH = 1024;

const DIGESTS: Record<string, number> = {
  md4: 16,
  md5: 16,
  ripemd160: 20,
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
  whirlpool: 64,
};

/** Bytes of a digest; 0 for an unknown one. */
export const digestBytes = (name: string): number => own(DIGESTS, name) ?? 0;

/** Auth0's PBKDF2 digests are OpenSSL's, which include names of signatures. */
const ALIASES: Record<string, string> = { 'sha1-2': 'sha1', ripemd: 'ripemd160', rmd160: 'ripemd160' };

/** OpenSSL's digest for a name, e.g. sha256 for RSA-SHA256 and sha256WithRSAEncryption. */
function digestOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/^(?:rsa|ssl3)-/, '')
    .replace(/withrsa(?:encryption)?$/, '');
  return own(ALIASES, plain) ?? plain;
}

export interface Pbkdf2Hash {
  digest: string;
  iterations: number;
  salt: Buffer;
  hash: Buffer;
}

/** Rounds of the digest for one login: some seconds. */
const MOST_ROUNDS = 5_000_000;

/** PBKDF2 in the PHC string format, as Auth0 imports it: $pbkdf2-sha256$i=100000,l=32$salt$hash in base64 without
 * padding; i defaults to 100,000. @returns a text for a mistake, as the other two do. */
export function readPbkdf2(phc: string): Pbkdf2Hash | string {
  const found =
    /^\$pbkdf2-([\w-]{1,40})(?:\$(?:i=(\d{1,10}))?,?(?:l=(\d{1,4}))?)?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
      phc,
    );
  const hash = Buffer.from(found?.[5] ?? '', 'base64');
  if (!found || !fits(hash) || hash.length !== Number(found[3] ?? hash.length))
    return 'must be in the PHC format $pbkdf2-sha256$i=100000,l=32$SALT$HASH (base64 without =)';
  const [, named = '', i = '100000', , salt = ''] = found;
  const digest = digestOf(named);
  if (digest === 'mdc2') return 'has the digest MDC-2, which Auth0 verifies and the local tenant does not';
  if (digestBytes(digest) === 0)
    return `has the unknown digest ${named}; Auth0 has md4, md5, ripemd160, sha1, sha224, sha256, sha384, sha512 and whirlpool`;
  const iterations = Number(i);
  const rounds = iterations * Math.ceil(hash.length / digestBytes(digest));
  if (iterations < 1) return 'must have at least one iteration (i)';
  if (rounds > MOST_ROUNDS)
    return `costs the local tenant too much: ${rounds} rounds, and it takes ${MOST_ROUNDS}`;
  return { digest, iterations, salt: Buffer.from(salt, 'base64'), hash };
}

export interface Argon2Hash {
  variant: 'argon2d' | 'argon2i' | 'argon2id';
  /** KiB. */
  memory: number;
  passes: number;
  parallelism: number;
  salt: Buffer;
  hash: Buffer;
}

/** KiB for one verification, and for all its passes together. */
const MOST_MEMORY = 256 * 1024;
const MOST_FILLED = 1024 * 1024;

/** Argon2 in the PHC string format: $argon2id$v=19$m=65536,t=3,p=4$salt$hash in base64 without padding. */
export function readArgon2(phc: string): Argon2Hash | string {
  const found =
    /^\$(argon2(?:d|i|id))(?:\$v=(\d{1,3}))?\$((?:[mtp]=\d{1,10},?){3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
      phc,
    );
  const [, variant, version = '16', parameters = '', salted = '', hashed = ''] = found ?? [];
  const [salt, hash] = [Buffer.from(salted, 'base64'), Buffer.from(hashed, 'base64')];
  const values = new Map(parameters.split(',').map((one) => [one[0], Number(one.slice(2))]));
  const [memory, passes, parallelism] = [values.get('m') ?? 0, values.get('t') ?? 0, values.get('p') ?? 0];
  // RFC 9106, section 3.1.
  if (!found || !fits(hash) || salt.length < 8 || passes < 1 || parallelism < 1 || memory < 8 * parallelism)
    return 'must be in the PHC format $argon2id$v=19$m=65536,t=3,p=4$SALT$HASH (base64 without =)';
  if (version !== '19')
    return `is of version ${version} of Argon2, and the local tenant verifies 19 (v=19), that of RFC 9106`;
  if (memory > MOST_MEMORY || memory * passes > MOST_FILLED || parallelism > 64)
    return `costs the local tenant too much: it takes m up to ${MOST_MEMORY}, m times t up to ${MOST_FILLED}, p up to 64`;
  return { variant: variant as Argon2Hash['variant'], memory, passes, parallelism, salt, hash };
}

export interface LdapHash {
  digest: string;
  /** Follows the password; may be empty. */
  salt: Buffer;
  hash: Buffer;
}

/** userPassword (RFC 2307, section 5.3): {SSHA}, then base64 of digest and salt. */
export function readLdap(value: string): LdapHash | string {
  const [, scheme = '', encoded = ''] = /^\{([\w-]+)\}([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? [];
  const [, salted, kind = '', bits = ''] = /^(s?)(md5|sha)-?(1|224|256|384|512)?$/i.exec(scheme) ?? [];
  const digest = kind.toLowerCase() === 'md5' ? `md5${bits}` : `sha${bits || '1'}`;
  const length = digestBytes(digest);
  const bytes = Buffer.from(encoded, 'base64');
  if (!kind || length === 0)
    return 'must be {SCHEME} and base64, with a scheme of MD5, SMD5, SHA, SSHA, SHA256, SSHA256, …';
  if (salted ? bytes.length <= length : bytes.length !== length)
    return `is ${bytes.length} bytes long; {${scheme}} has ${length}${salted ? ' and a salt' : ''}`;
  return { digest, hash: bytes.subarray(0, length), salt: bytes.subarray(length) };
}

const fits = ({ length }: Buffer) => length >= SHORTEST_HASH && length <= LONGEST_HASH;
