import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import { z } from 'zod';
import { readOrCreate, replaceWhole, usable } from '../../lib/data-file';
import { rm } from '../../lib/held';

export interface Keys {
  /** Private RS256 keys, all published: the first one signs, then the next one, which APIs so know in advance, and
   * the previous one, whose tokens remain valid until it is revoked. As on a real tenant. */
  signingKeys: JWK[];
  keys: SigningKey[];
  /** For cookies; the first one signs, all verify. */
  cookieKeys: string[];
}

export interface SigningKey {
  kid: string;
  state: 'signs' | 'next' | 'previous';
}

const signingKey = z
  .looseObject({ kty: z.literal('RSA'), kid: z.string().min(1), alg: z.literal('RS256'), d: z.string() })
  .refine(isPrivateKey, 'is no private RSA key of at least 2048 bits');
const keysFile = z.object({
  signingKeys: z.array(signingKey).min(1),
  /** Signs after the next rotation. */
  nextSigningKey: signingKey.optional(),
  cookieKeys: z.array(z.string().min(32)).min(1),
});

/** Opens the private folder (0700, files 0600) and makes what is missing. Files are created atomically, for several
 * tenants that start at once. @throws UserError when a file is damaged. */
export async function openDataFolder(folder: string, { reset = false } = {}): Promise<Keys> {
  await usable(folder, async () => {
    await fs.mkdir(folder, { recursive: true, mode: 0o700 });
    if (reset) await removeMade(folder);
  });
  const keys = await readOrCreate(keysPath(folder), keysFile, makeKeys);
  const [current, ...previous] = keys.signingKeys;
  const published = [
    { key: current, state: 'signs' as const },
    { key: keys.nextSigningKey, state: 'next' as const },
    ...previous.map((key) => ({ key, state: 'previous' as const })),
  ].flatMap(({ key, state }) => (key ? [{ key, state }] : []));
  return {
    signingKeys: published.map(({ key }) => key as JWK),
    keys: published.map(({ key: { kid }, state }) => ({ kid, state })),
    cookieKeys: keys.cookieKeys,
  };
}

/** Copies the keys of one data folder, made once, to another: for tenants with a short life.
 * @throws UserError as `openDataFolder`. */
export async function shareKeys(from: string, to: string): Promise<void> {
  await openDataFolder(from);
  await usable(to, async () => {
    await fs.mkdir(to, { recursive: true, mode: 0o700 });
    await fs.copyFile(keysPath(from), keysPath(to));
  });
}

/** A running tenant watches it. */
export const keysPath = (folder: string) => path.join(folder, 'keys.json');

export interface Rotation {
  current: string;
  next: string;
  previous: string | undefined;
}

/** Makes the next key sign, and a new next one. The current one remains published, the one before it does not.
 * @param revoke unpublishes the current key too. @throws UserError when the folder cannot be read or written. */
export async function rotateKeys(folder: string, { revoke = false } = {}): Promise<Rotation> {
  await openDataFolder(folder);
  const { nextSigningKey, ...keys } = await readKeys(folder);
  const [current, next] = await Promise.all([nextSigningKey ?? makeKey(), makeKey()]);
  const previous = revoke ? [] : keys.signingKeys.slice(0, 1);
  await replaceKeys(folder, { ...keys, signingKeys: [current, ...previous], nextSigningKey: next });
  return { current: current.kid, next: next.kid, previous: previous[0]?.kid };
}

/** Unpublishes the previous key. @returns its `kid`, undefined if there is none. */
export async function revokePreviousKey(folder: string): Promise<string | undefined> {
  await openDataFolder(folder);
  const keys = await readKeys(folder);
  const [current, previous] = keys.signingKeys;
  if (current && previous) await replaceKeys(folder, { ...keys, signingKeys: [current] });
  return previous?.kid;
}

/** Makes the next key if there is none. */
export async function makeNextKey(folder: string): Promise<void> {
  if ((await readKeys(folder)).nextSigningKey) return;
  const nextSigningKey = await makeKey();
  const keys = await readKeys(folder);
  if (!keys.nextSigningKey) await replaceKeys(folder, { ...keys, nextSigningKey });
}

const readKeys = (folder: string) => readOrCreate(keysPath(folder), keysFile, makeKeys);

const replaceKeys = (folder: string, keys: z.output<typeof keysFile>) => replaceWhole(keysPath(folder), keys);

/** Only the tenant's files; `force`, since another tenant may reset the same folder. */
async function removeMade(folder: string): Promise<void> {
  const made = (await fs.readdir(folder)).filter((name) =>
    /^(keys|authority|localhost|management|saml|(api-)?secret-[0-9a-f]+|kept-[a-z]+)\.json(\.\d+\.[0-9a-f]{8})?$/.test(
      name,
    ),
  );
  await Promise.all(made.map((name) => rm(path.join(folder, name), { force: true })));
}

async function makeKeys(): Promise<z.output<typeof keysFile>> {
  return {
    signingKeys: [await makeKey()],
    cookieKeys: [crypto.randomBytes(32).toString('base64url')],
  };
}

async function makeKey(): Promise<z.output<typeof signingKey>> {
  const { privateKey } = await promisify(crypto.generateKeyPair)('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  const kid = crypto.createHash('sha256').update(String(jwk.n)).digest('base64url').slice(0, 21);
  return { ...jwk, kty: 'RSA', kid, alg: 'RS256', use: 'sig', d: String(jwk.d) };
}

function isPrivateKey(key: object): boolean {
  try {
    const { asymmetricKeyDetails } = crypto.createPrivateKey({
      key: key as crypto.JsonWebKey,
      format: 'jwk',
    });
    return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
  } catch {
    return false;
  }
}
