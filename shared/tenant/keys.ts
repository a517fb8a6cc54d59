import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import { z } from 'zod';
import { readOrCreate, replaceWhole, usable } from '../lib/data-file';
import { rm } from '../lib/held';
import type { Client, ResourceServer } from './config/schema';
import { type ClientCredentials, environmentName } from './snapshot';

/** What must survive a restart: the tenant's keys and the applications' secrets. */
export interface DataFolder {
  /**
   * Private RS256 keys; the first one signs, all are published. Behind it stand the next one, which APIs may so know before it
   * signs, and the previous one, whose tokens are good until it is revoked: as on a real tenant.
   */
  signingKeys: JWK[];
  /** The same keys by name, and what each is for. */
  keys: SigningKey[];
  /** Sign the tenant's cookies; the first one signs, all verify. */
  cookieKeys: string[];
  /** Each application's credentials, by its name: from tenant.yaml, else the environment, else made once and kept. */
  clientCredentials(clients: Client[], env: NodeJS.ProcessEnv): Promise<Map<string, ClientCredentials>>;
  /** The secret of each API that is signed with HS256, by its identifier: from tenant.yaml, else the environment, else made once and kept. */
  signingSecrets(apis: ResourceServer[], env: NodeJS.ProcessEnv): Promise<Map<string, string>>;
}

/** One of the published keys. */
export interface SigningKey {
  kid: string;
  state: 'signs' | 'next' | 'previous';
}

const signingKey = z
  .looseObject({ kty: z.literal('RSA'), kid: z.string().min(1), alg: z.literal('RS256'), d: z.string() })
  .refine(isPrivateKey, 'is no private RSA key of at least 2048 bits');
const keysFile = z.object({
  /** The one that signs, then those that no longer do. */
  signingKeys: z.array(signingKey).min(1),
  /** Signs after the next rotation. */
  nextSigningKey: signingKey.optional(),
  cookieKeys: z.array(z.string().min(32)).min(1),
});
const apiSecretFile = z.object({ api: z.string(), signing_secret: z.string().min(16) });
const secretFile = z.object({ application: z.string(), client_secret: z.string().min(16) });

/**
 * Opens the folder, private to the user (0700, files 0600), and makes what is missing. Several tenants may start on it at
 * once: a file is created whole or not at all, and whoever comes second reads what the first one made.
 *
 * @throws UserError when a file in it is damaged.
 */
export async function openDataFolder(folder: string, { reset = false } = {}): Promise<DataFolder> {
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
    clientCredentials: (clients, env) => credentials(folder, clients, env),
    signingSecrets: (apis, env) => signingSecrets(folder, apis, env),
  };
}

/**
 * Gives a new data folder the keys of another one, which makes them once. For tenants that live for a moment.
 *
 * @throws UserError as `openDataFolder`.
 */
export async function shareKeys(from: string, to: string): Promise<void> {
  await openDataFolder(from);
  await usable(to, async () => {
    await fs.mkdir(to, { recursive: true, mode: 0o700 });
    await fs.copyFile(keysPath(from), keysPath(to));
  });
}

/** Where the keys are kept: a running tenant watches it. */
export const keysPath = (folder: string) => path.join(folder, 'keys.json');

/** What became of the signing keys, by their `kid`. */
export interface Rotation {
  current: string;
  next: string;
  previous: string | undefined;
}

/**
 * Has the next key sign from now on and makes another next one. The key that signed until now is still published, so that
 * its tokens are good; the one before it is not.
 *
 * @param revoke also ends the previous key: whatever it signed is refused once an API has read the keys again.
 * @throws UserError when the folder cannot be read or written.
 */
export async function rotateKeys(folder: string, { revoke = false } = {}): Promise<Rotation> {
  await openDataFolder(folder);
  const { nextSigningKey, ...keys } = await readKeys(folder);
  const [current, next] = await Promise.all([nextSigningKey ?? makeKey(), makeKey()]);
  const previous = revoke ? [] : keys.signingKeys.slice(0, 1);
  await replaceKeys(folder, { ...keys, signingKeys: [current, ...previous], nextSigningKey: next });
  return { current: current.kid, next: next.kid, previous: previous[0]?.kid };
}

/**
 * Ends the previous key without another rotation.
 *
 * @returns its `kid`, or undefined when there was none.
 */
export async function revokePreviousKey(folder: string): Promise<string | undefined> {
  await openDataFolder(folder);
  const keys = await readKeys(folder);
  const [current, previous] = keys.signingKeys;
  if (current && previous) await replaceKeys(folder, { ...keys, signingKeys: [current] });
  return previous?.kid;
}

/** Makes the key that signs after the next rotation, where there is none yet. */
export async function makeNextKey(folder: string): Promise<void> {
  if ((await readKeys(folder)).nextSigningKey) return;
  const nextSigningKey = await makeKey();
  const keys = await readKeys(folder);
  if (!keys.nextSigningKey) await replaceKeys(folder, { ...keys, nextSigningKey });
}

const readKeys = (folder: string) => readOrCreate(keysPath(folder), keysFile, makeKeys);

const replaceKeys = (folder: string, keys: z.output<typeof keysFile>) => replaceWhole(keysPath(folder), keys);

/** Only what the tenant made; with `force`, since another tenant may be resetting the same folder. */
async function removeMade(folder: string): Promise<void> {
  const made = (await fs.readdir(folder)).filter((name) =>
    /^(keys|authority|localhost|management|saml|(api-)?secret-[0-9a-f]+|kept-[a-z]+)\.json(\.\d+\.[0-9a-f]{8})?$/.test(
      name,
    ),
  );
  await Promise.all(made.map((name) => rm(path.join(folder, name), { force: true })));
}

async function credentials(
  folder: string,
  clients: Client[],
  env: NodeJS.ProcessEnv,
): Promise<Map<string, ClientCredentials>> {
  const found = clients.map(async (client): Promise<[string, ClientCredentials]> => {
    const client_id = clientIdOf(client, env);
    // A public application needs one only where its ID tokens are signed with it.
    const hasSecret =
      client.token_endpoint_auth_method !== 'none' || client.jwt_configuration.alg === 'HS256';
    if (!hasSecret) return [client.name, { client_id }];
    const given = client.client_secret ?? env[`CLIENT_SECRET__${environmentName(client.name)}`];
    return [client.name, { client_id, client_secret: given || (await keptSecret(folder, client.name)) }];
  });
  return new Map(await Promise.all(found));
}

/** Given in tenant.yaml or in the environment, else made of the name. */
export function clientIdOf(
  { client_id, name }: Pick<Client, 'client_id' | 'name'>,
  env: NodeJS.ProcessEnv,
): string {
  // Empty counts as absent, as in every other setting: an empty secret would be none.
  return client_id ?? (env[`CLIENT_ID__${environmentName(name)}`] || derivedId(name));
}

/** A file for each application: two tenants that start at once on the same folder cannot overwrite each other's. */
async function keptSecret(folder: string, application: string): Promise<string> {
  const file = secretPath(folder, application);
  return (await readOrCreate(file, secretFile, async () => ({ application, client_secret: secret() })))
    .client_secret;
}

async function signingSecrets(
  folder: string,
  apis: ResourceServer[],
  env: NodeJS.ProcessEnv,
): Promise<Map<string, string>> {
  const found = apis
    .filter((api) => api.signing_alg === 'HS256')
    .map(async ({ identifier, name, signing_secret }): Promise<[string, string]> => {
      const given = signing_secret ?? env[`SIGNING_SECRET__${environmentName(name)}`];
      return [identifier, given || (await keptSigningSecret(folder, identifier))];
    });
  return new Map(await Promise.all(found));
}

async function keptSigningSecret(folder: string, api: string): Promise<string> {
  const file = path.join(folder, `api-secret-${shortHash(api)}.json`);
  return (await readOrCreate(file, apiSecretFile, async () => ({ api, signing_secret: secret() })))
    .signing_secret;
}

const shortHash = (text: string) => crypto.createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Gives an application another secret, unless tenant.yaml or the environment has one for it. */
export async function replaceSecret(
  folder: string,
  application: string,
  client_secret = secret(),
): Promise<void> {
  await replaceWhole(secretPath(folder, application), { application, client_secret });
}

const secretPath = (folder: string, application: string) =>
  path.join(folder, `secret-${shortHash(application)}.json`);

/** Letters and digits only: several real servers do not decode percent-encoded credentials (RFC 6749, section 2.3.1). */
export const derivedId = (name: string) =>
  name.replace(/[^A-Za-z0-9]/g, '') ||
  `app${crypto.createHash('sha256').update(name).digest('hex').slice(0, 12)}`;

const secret = () =>
  crypto
    .randomBytes(64)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 64);

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
