import crypto from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { readOrCreate } from '../../lib/data-file';
import { type Client, type ClientGrant, client, type ResourceServer, resourceServer } from '../config/schema';
import { MANAGEMENT_SCOPES } from './scopes';

/** Who may do everything by the Management API: an application that stands in no file, as on every tenant of Auth0's one stands in the Dashboard. */
export interface ManagementAccount {
  client_id: string;
  client_secret: string;
}

const account = z.object({ client_id: z.string().min(16), client_secret: z.string().min(32) });

/** The built-in application's credentials, made once and kept in the data folder. */
export function managementAccount(folder: string): Promise<ManagementAccount> {
  return readOrCreate(path.join(folder, 'management.json'), account, async () => ({
    client_id: randomText(32),
    client_secret: randomText(64),
  }));
}

/** Letters and digits, as Auth0's client IDs and the local secrets are. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length)
    text += crypto
      .randomBytes(length)
      .toString('base64')
      .replace(/[^A-Za-z0-9]/g, '');
  return text.slice(0, length);
}

/** Auth0's own name for it; auth0-deploy-cli leaves the API of this name alone. */
const NAME = 'Auth0 Management API';

/** The tenant's API for its own configuration, as the tenant issues tokens for it: like any other API, but for machines only. */
export class ManagementApi {
  readonly resourceServer: ResourceServer;
  readonly application: Client = client.parse({
    name: 'Workshop Management',
    app_type: 'non_interactive',
    grant_types: ['client_credentials'],
  });

  /** @param issuer with a trailing slash. */
  constructor(
    issuer: string,
    readonly account: ManagementAccount,
  ) {
    this.resourceServer = resourceServer.parse({
      name: NAME,
      identifier: `${issuer}api/v2/`,
      scopes: MANAGEMENT_SCOPES.map((value) => ({ value })),
      // A user who logs in anywhere must not become the tenant's administrator by asking for this audience.
      subject_type_authorization: {
        user: { policy: 'deny_all' },
        client: { policy: 'require_client_grant' },
      },
      is_system: true,
    });
  }

  get audience(): string {
    return this.resourceServer.identifier;
  }

  /** What the built-in application may do. */
  get grant(): ClientGrant {
    return {
      client_id: this.account.client_id,
      audience: this.audience,
      scope: MANAGEMENT_SCOPES,
      subject_type: 'client',
      allow_all_scopes: true,
    };
  }
}
