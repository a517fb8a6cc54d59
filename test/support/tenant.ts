import fs from 'node:fs';
import path from 'node:path';
import { startTenant, type Tenant, type TenantOptions } from '../../shared/tenant';
import type { TenantEvent } from '../../shared/tenant/events';
import { AUDIENCE, CALLBACK, Client } from './client';
import { sharedKeys, temporaryFolder, USER_ROLES, USERS } from './workshop';

/** Two APIs and an application of each kind. */
export const YAML = `
resourceServers:
  - name: Appointments API
    identifier: ${AUDIENCE}
    token_lifetime: 3600
    allow_offline_access: true
    scopes:
      - { value: "read:appointments", description: See your appointments }
      - { value: "create:appointments", description: Make appointments }
  - name: Without offline access
    identifier: urn-less identifier
    token_dialect: rfc9068_profile
    scopes: [{ value: "read:x", description: x }]
clients:
  - name: Web
    callbacks: [${CALLBACK}]
    allowed_logout_urls: [http://localhost:3000/]
    refresh_token: { rotation_type: rotating, expiration_type: expiring }
  - name: With leeway
    callbacks: [${CALLBACK}]
    refresh_token: { rotation_type: rotating, expiration_type: expiring, leeway: 60 }
  - name: Public
    app_type: native
    callbacks: [${CALLBACK}]
    token_endpoint_auth_method: none
  - name: Code only
    callbacks: [${CALLBACK}]
    grant_types: [authorization_code]
  - name: Machine
    app_type: non_interactive
    grant_types: [client_credentials]
clientGrants:
  - { client_id: Machine, audience: "${AUDIENCE}", scope: ["read:appointments"] }
databases:
  - { name: Username-Password-Authentication, strategy: auth0, enabled_clients: [Web, With leeway, Public, Code only] }
`;

/** A tenant for one test file, and what tests ask of it. */
export interface TestTenant {
  tenant: Tenant;
  /** Where tenant.yaml, users.json, user-roles.json and the data folder are. */
  folder: string;
  /** The newest event of a type. */
  last<T extends TenantEvent['type']>(type: T): Extract<TenantEvent, { type: T }> | undefined;
  /** An application's credentials, by the name that its settings have. */
  credentials(name: string): { client_id: string | undefined; client_secret: string | undefined };
  /** Another tenant of the same files, in which nobody has consented to anything yet. */
  another(): Promise<Tenant>;
  close(): Promise<void>;
}

/** @param yaml tenant.yaml, when it is another one. */
export async function startTestTenant({
  yaml = YAML,
  ...options
}: Partial<TenantOptions> & { yaml?: string } = {}): Promise<TestTenant> {
  const { folder, remove } = temporaryFolder();
  const config = path.join(folder, 'tenant.yaml');
  const users = path.join(folder, 'users.json');
  fs.writeFileSync(config, yaml);
  fs.copyFileSync(USERS, users);
  fs.copyFileSync(USER_ROLES, path.join(folder, 'user-roles.json'));
  const start = (more: Partial<TenantOptions> = {}) =>
    startTenant({
      config,
      users,
      data: path.join(folder, 'data'),
      env: {},
      watch: false,
      ...options,
      ...more,
    });
  await sharedKeys(path.join(folder, 'data'));
  const tenant = await start();
  return {
    tenant,
    folder,
    last: (type) => tenant.events.recent().findLast((event) => event.type === type) as never,
    credentials: (name) => {
      const settings = tenant.settings();
      return { client_id: settings[`CLIENT_ID__${name}`], client_secret: settings[`CLIENT_SECRET__${name}`] };
    },
    another: () => start({ forgetful: true }),
    close: async () => {
      await tenant.close();
      remove();
    },
  };
}

/**
 * Starts a tenant for all tests of a `describe`, and makes a client for each test. To be called at the beginning of the `describe`.
 *
 * @param start starts the tenant, and whatever belongs to it.
 * @param use takes them before each test.
 */
export function withTenant<T extends { tenant: Tenant; close(): Promise<void> }>(
  start: () => Promise<T>,
  use: (given: { test: T; tenant: Tenant; client: Client }) => void,
): void {
  let test: T | undefined;
  let client: Client | undefined;
  before(async () => {
    test = await start();
  });
  after(() => test?.close());
  beforeEach(() => {
    const { tenant } = test as T;
    client = new Client(tenant);
    use({ test: test as T, tenant, client });
  });
  afterEach(() => client?.close());
}
