import type { Store } from 'express-session';
import { API_SCOPES } from './api-client';
import { appointments } from './appointments';
import { auth, discover, type Scopes } from './auth';
import type { Config } from './config';
import { Encryption, encrypted } from './encryption';
import { EndedSessions, rememberSession } from './hardening/ended-sessions';
import { NamedFailures, storeFailures } from './hardening/store-failures';
import { tenantFailures } from './hardening/tenant-failures';
import { LimitedSessions } from './lifetimes';
import { office } from './office';
import { profile } from './profile';
import { RefreshLock } from './refresh-lock';
import { showAttributes } from './roles';
import { sessions } from './session';
import { sessionCookie } from './session-cookie';
import type { StoreConfig } from './store-config';
import { openStore } from './stores/store';
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
export function routes(config: Config, storeConfig: StoreConfig, given?: Store) {
  const shared = openStore(storeConfig);
  const discovered = discover(config);
  // A refresh that takes longer than its lock would run twice.
  const tenant = async () => Object.assign(await discovered(), { timeout: storeConfig.tokenRequestSeconds });
  const { exclusively } = new RefreshLock(shared.locks, storeConfig);
  const tokens = new SessionTokens(tenant, {
    ...encrypted(shared.tokens, new Encryption(storeConfig.keys)),
    // The tenant's metadata is read before the lock is taken: it would add to the time for which it is held.
    exclusively: async (id, work) => tenant().then(() => exclusively(id, work)),
  });
  const store = new LimitedSessions(
    new EndedSessions(new NamedFailures(given ?? shared.sessions), shared.locks),
    storeConfig,
  );
  return [
    ...sessions(config, store, sessionCookie(config, storeConfig)),
    rememberSession,
    showAttributes,
    auth(config, tenant, tokens, scopes),
    profile(tokens),
    appointments(config, tokens),
    office,
    storeFailures,
    tenantFailures,
  ];
}
