import fs from 'node:fs';
import path from 'node:path';
import { startTenant, type Tenant, type TenantOptions } from '../../shared/tenant';
import type { TenantEvent } from '../../shared/tenant/events';
import { type ManagementAccount, managementAccount } from '../../shared/tenant/management/system-api';
import { trustingFetch } from './trusting-fetch';
import { sharedKeys, temporaryFolder, USERS } from './workshop';

/** A tenant with https, and its Management API as a program calls it. */
export interface Managed {
  tenant: Tenant;
  folder: string;
  /** tenant.yaml as it is now. */
  yaml(): string;
  write(text: string): void;
  account: ManagementAccount;
  /** localhost:PORT */
  domain: string;
  fetch: typeof fetch;
  /** A token by client_credentials; of the built-in application by default. */
  token(parameters?: Record<string, string>): Promise<{ status: number; body: Record<string, string> }>;
  /** One call, with the built-in application's token by default. */
  call(
    method: string,
    at: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: unknown; headers: Headers }>;
  last<T extends TenantEvent['type']>(type: T): Extract<TenantEvent, { type: T }> | undefined;
  close(): Promise<void>;
}

export async function startManaged(
  yaml: string,
  options: Partial<TenantOptions> & { prepare?: (folder: string) => void } = {},
): Promise<Managed> {
  const { folder, remove } = temporaryFolder();
  const { prepare, ...rest } = options;
  const config = path.join(folder, 'tenant.yaml');
  const data = path.join(folder, 'data');
  prepare?.(folder);
  fs.writeFileSync(config, yaml);
  await sharedKeys(options.data ?? data);
  const tenant = await startTenant({
    config,
    users: USERS,
    data,
    env: {},
    watch: false,
    https: true,
    ...rest,
  });
  const account = await managementAccount(options.data ?? data);
  const trusted = trustingFetch(fs.readFileSync(tenant.settings().NODE_EXTRA_CA_CERTS ?? '', 'utf8'));
  const token: Managed['token'] = async (parameters = {}) => {
    const response = await trusted(`${tenant.issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        audience: `${tenant.issuer}api/v2/`,
        ...account,
        ...parameters,
      }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  let own: string | undefined;
  return {
    tenant,
    folder,
    account,
    domain: `localhost:${tenant.port}`,
    fetch: trusted,
    yaml: () => fs.readFileSync(config, 'utf8'),
    write: (text) => fs.writeFileSync(config, text),
    token,
    call: async (method, at, body, headers = {}) => {
      own ??= (await token()).body.access_token;
      const response = await trusted(`${tenant.issuer}api/v2${at}`, {
        method,
        headers: {
          authorization: `Bearer ${own}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
    },
    last: (type) => tenant.events.recent().findLast((event) => event.type === type) as never,
    close: async () => {
      await tenant.close();
      remove();
    },
  };
}
