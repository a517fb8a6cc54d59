import type { Store } from 'express-session';
import type { TokenStore } from '../hardening/token-store';

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
  /** Ends a lock, if this owner holds it. Never rejects: a lock that is not released ends by itself, and the work is done. */
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
