import crypto from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { readOrCreate, replaceWhole } from '../../lib/data-file';
import { clientIdOf, environmentName } from './names';
import type { Client, ResourceServer } from './schema';

export interface ClientCredentials {
  client_id: string;
  client_secret?: string | undefined;
}

const clientSecretFile = z.object({ application: z.string(), client_secret: z.string().min(16) });
const signingSecretFile = z.object({ api: z.string(), signing_secret: z.string().min(16) });

/** Credentials by application name: from tenant.yaml, else the environment, else made once and stored, each secret in
 * its own file so that two starting tenants don't overwrite each other's. @throws UserError for a damaged file. */
export async function clientCredentials(
  folder: string,
  clients: Client[],
  env: NodeJS.ProcessEnv,
): Promise<Map<string, ClientCredentials>> {
  const found = clients.map(async (client): Promise<[string, ClientCredentials]> => {
    const { name: application } = client;
    const client_id = clientIdOf(client, env);
    // A public application needs a secret only for ID tokens with HS256.
    const hasSecret =
      client.token_endpoint_auth_method !== 'none' || client.jwt_configuration.alg === 'HS256';
    if (!hasSecret) return [application, { client_id }];
    const given = client.client_secret ?? env[`CLIENT_SECRET__${environmentName(application)}`];
    if (given) return [application, { client_id, client_secret: given }];
    const make = async () => ({ application, client_secret: randomText(64) });
    const { client_secret } = await readOrCreate(secretPath(folder, application), clientSecretFile, make);
    return [application, { client_id, client_secret }];
  });
  return new Map(await Promise.all(found));
}

/** By identifier, for each API with HS256; from the same sources. */
export async function signingSecrets(
  folder: string,
  apis: ResourceServer[],
  env: NodeJS.ProcessEnv,
): Promise<Map<string, string>> {
  const found = apis
    .filter((api) => api.signing_alg === 'HS256')
    .map(async ({ identifier: api, name, signing_secret }): Promise<[string, string]> => {
      const given = signing_secret ?? env[`SIGNING_SECRET__${environmentName(name)}`];
      if (given) return [api, given];
      const file = path.join(folder, `api-secret-${shortHash(api)}.json`);
      const make = async () => ({ api, signing_secret: randomText(64) });
      return [api, (await readOrCreate(file, signingSecretFile, make)).signing_secret];
    });
  return new Map(await Promise.all(found));
}

/** Stores a new secret; one in tenant.yaml or the environment still overrides it. */
export async function replaceSecret(
  folder: string,
  application: string,
  client_secret = randomText(64),
): Promise<void> {
  await replaceWhole(secretPath(folder, application), { application, client_secret });
}

const secretPath = (folder: string, application: string) =>
  path.join(folder, `secret-${shortHash(application)}.json`);

const shortHash = (text: string) => crypto.createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Letters and digits, as in Auth0's client IDs and secrets. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length)
    text += crypto
      .randomBytes(length)
      .toString('base64')
      .replace(/[^A-Za-z0-9]/g, '');
  return text.slice(0, length);
}
