import type { Store } from 'express-session';
import { API_SCOPES } from './api-client';
import { appointments } from './appointments';
import { auth, discover, type Scopes } from './auth';
import type { Config } from './config';
import { tenantFailures } from './hardening/tenant-failures';
import { profile } from './profile';
import { sessions } from './session';
import { SessionTokens } from './tokens';

const scopes: Scopes = {
  always: [
    // Who the user is (OpenID Connect Core, section 5.4).
    'openid profile email',
    'read:appointments create:appointments delete:appointments',
    // BEGIN SOLUTION 4.1
    // STUB // Task 4.1: ask for offline access
    'offline_access',
    // END SOLUTION
  ],
  onRequest: API_SCOPES,
};

/** The app's routes, in the order in which Express tries them. Each step adds its own. */
export function routes(config: Config, store?: Store) {
  const tenant = discover(config);
  const tokens = new SessionTokens(tenant);
  return [
    ...sessions(config, store),
    auth(config, tenant, tokens, scopes),
    profile(tokens),
    appointments(config, tokens),
    tenantFailures,
  ];
}
