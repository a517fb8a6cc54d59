import path from 'node:path';
import { z } from 'zod';
import { readOrCreate } from '../../lib/data-file';
import { randomText } from '../config/credentials';
import { client, resourceServer } from '../config/schema';
import type { SystemApi } from '../config/snapshot';
import { MANAGEMENT_SCOPES } from './scopes';

/** Of the built-in application, which has all scopes and is in no file. */
export type ManagementAccount = SystemApi['account'];

const account = z.object({ client_id: z.string().min(16), client_secret: z.string().min(32) });

/** Made once and stored in the data folder. */
export function managementAccount(folder: string): Promise<ManagementAccount> {
  return readOrCreate(path.join(folder, 'management.json'), account, async () => ({
    client_id: randomText(32),
    client_secret: randomText(64),
  }));
}

/** Auth0's name; auth0-deploy-cli skips it. */
const NAME = 'Auth0 Management API';

/** For machines only. @param issuer with a trailing slash. */
export function managementApi(issuer: string, account: ManagementAccount): SystemApi {
  const audience = `${issuer}api/v2/`;
  return {
    audience,
    account,
    resourceServer: resourceServer.parse({
      name: NAME,
      identifier: audience,
      scopes: MANAGEMENT_SCOPES.map((value) => ({ value })),
      // Otherwise any login with this audience would make its user an administrator.
      subject_type_authorization: {
        user: { policy: 'deny_all' },
        client: { policy: 'require_client_grant' },
      },
      is_system: true,
    }),
    application: client.parse({
      name: 'Workshop Management',
      app_type: 'non_interactive',
      grant_types: ['client_credentials'],
    }),
    grant: {
      client_id: account.client_id,
      audience,
      scope: MANAGEMENT_SCOPES,
      subject_type: 'client',
      allow_all_scopes: true,
    },
  };
}
