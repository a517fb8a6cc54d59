import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { JWK } from 'jose';
import { z } from 'zod';
import { type Owner, readOrCreate } from '../../lib/data-file';

const stored = z.object({
  client_secret: z.string().min(32),
  cookieKey: z.string().min(32),
  signingKey: z.looseObject({ kty: z.literal('RSA'), kid: z.string() }),
});

const OWNER: Owner = { name: 'The social provider', fix: 'Delete it: the next start makes it again.' };

export const SOCIAL_CLIENT_ID = 'call-your-api-tenant';

/** What persists over restarts, with the tenant's secret: a tenant on this machine reads it from here.
 * @param folder made if absent, private to the user. */
export async function socialKeys(
  folder: string,
): Promise<{ client_secret: string; cookieKey: string; signingKey: JWK }> {
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  return readOrCreate(path.join(folder, 'social.json'), stored, make, OWNER);
}

async function make(): Promise<z.output<typeof stored>> {
  const { privateKey } = await promisify(crypto.generateKeyPair)('rsa', { modulusLength: 2048 });
  const random = () => crypto.randomBytes(32).toString('hex');
  const jwk = privateKey.export({ format: 'jwk' });
  return {
    client_secret: random(),
    cookieKey: random(),
    signingKey: { ...jwk, kty: 'RSA', alg: 'RS256', use: 'sig', kid: `gaggle-${random().slice(0, 8)}` },
  };
}
