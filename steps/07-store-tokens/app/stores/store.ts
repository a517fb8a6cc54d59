import type { Store } from 'express-session';
import type { TokenStore } from '../hardening/token-store';
import type { StoreConfig } from '../store-config';

/** Encrypted tokens. The version is readable, since the store compares it. */
export interface Sealed {
  version: number;
  /** A JWE in its flattened JSON form (RFC 7516, section 7.2.2), without what it is bound to. */
  jwe: string;
}

/** Locks that end by themselves, so that a process that dies holds none for ever. */
export interface Locks {
  /** Takes a lock that nobody holds. @param ms milliseconds until it ends. */
  acquire(name: string, owner: string, ms: number): Promise<boolean>;
  /** Ends a lock, if this owner holds it. */
  release(name: string, owner: string): Promise<void>;
  isHeld(name: string): Promise<boolean>;
}

/** What all processes of the app share. */
export interface SharedStore {
  sessions: Store;
  tokens: Omit<TokenStore<Sealed>, 'exclusively'>;
  locks: Locks;
}

/** The store cannot be reached, or not in time. */
export class StoreUnavailable extends Error {
  override name = 'StoreUnavailable';
}

// Each package is loaded only by an app that uses its store.
const memory = () => (require('./memory') as typeof import('./memory')).memoryStore();
const embedded = (config: StoreConfig) =>
  (require('./embedded') as typeof import('./embedded')).embeddedStore(config);
const redis = (config: StoreConfig) => (require('./redis') as typeof import('./redis')).redisStore(config);

/** Opens the store that STORE_URL names. @throws SettingsError */
export function openStore(config: StoreConfig): SharedStore {
  // BEGIN SOLUTION 7.1
  // STUB // Task 7.1: open the store that STORE_URL names
  // STUB return memory();
  if (config.url === 'memory:') return memory();
  return config.url.startsWith('file:') ? embedded(config) : redis(config);
  // END SOLUTION
}
