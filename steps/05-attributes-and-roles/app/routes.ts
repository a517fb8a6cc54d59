import type { Store } from 'express-session';
import { API_SCOPES } from './api-client';
import { appointments } from './appointments';
import { auth, discover, type Scopes } from './auth';
import type { Config } from './config';
import { tenantFailures } from './hardening/tenant-failures';
import { office } from './office';
import { profile } from './profile';
import { showAttributes } from './roles';
import { sessions } from './session';
import { SessionTokens } from './tokens';

const scopes: Scopes = {
  always: [
    // Who the user is (OpenID Connect Core, section 5.4).
    'openid profile email',
    'read:appointments create:appointments delete:appointments',
    'offline_access',
  ],
  onRequest: API_SCOPES,
};

/** The app's routes, in the order in which Express tries them. Each step adds its own. */
export function routes(config: Config, store?: Store) {
  const tenant = discover(config);
  const tokens = new SessionTokens(tenant);
  return [
    ...sessions(config, store),
    showAttributes,
    auth(config, tenant, tokens, scopes),
    profile(tokens),
    appointments(config, tokens),
    office,
    tenantFailures,
  ];
}
