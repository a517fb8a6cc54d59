import { createHash } from 'node:crypto';
import type { Client } from './schema';

/** "Call Your API" becomes CALL_YOUR_API. */
export function environmentName(name: string): string {
  return name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** Letters and digits: several servers do not decode percent-encoded credentials (RFC 6749, section 2.3.1). */
export const derivedId = (name: string) =>
  name.replace(/[^A-Za-z0-9]/g, '') || `app${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;

/** From tenant.yaml, else the environment, else derived from the name. */
export function clientIdOf(
  { client_id, name }: Pick<Client, 'client_id' | 'name'>,
  env: NodeJS.ProcessEnv,
): string {
  return client_id ?? (env[`CLIENT_ID__${environmentName(name)}`] || derivedId(name));
}
