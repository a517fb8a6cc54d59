import type { Adapter, AdapterPayload } from 'oidc-provider';
import { errors } from './oidc-provider';

type Stored = AdapterPayload & {
  /** Milliseconds since the epoch at which the entry was first used. */
  consumedAt?: number;
  /** The one repetition within the leeway has happened. */
  repeated?: boolean;
};
interface Entry {
  payload: Stored;
  /** Milliseconds since the epoch at which it was last written. */
  since: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface StoreOptions {
  /** Seconds in which an application may use its previous refresh token once more. */
  leewayOf: (clientId: string) => number;
  /** Called when a refresh token is used again outside its leeway. */
  onReuse: (token: { clientId: string; accountId: string }, reason: string) => void;
  /** Milliseconds since the epoch; tests change it. */
  now?: () => number;
}

const SWEEP_EVERY = 30_000;

/** Milliseconds in which a grant without tokens may still get one: the longest login. */
const GRACE = 3_600_000;

/** Everything that oidc-provider stores, in memory; it survives a reload of the configuration. Nothing is removed
 * before it expires, and `consume` is atomic: of parallel redemptions of a code or refresh token, one succeeds. */
export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #uids = new Map<string, string>();
  readonly #grants = new Map<string, Set<string>>();
  /** The highest rotation seen in each family of refresh tokens, by grant. */
  readonly #rotations = new Map<string, number>();
  readonly #now: () => number;
  #nextSweep: number;

  constructor(private readonly options: StoreOptions) {
    this.#now = options.now ?? Date.now;
    this.#nextSweep = this.#now() + SWEEP_EVERY;
  }

  /** How many entries are stored: for tests and the memory benchmark. */
  get size(): number {
    return this.#entries.size;
  }

  adapter(model: string): Adapter {
    const key = (id: string) => `${model}:${id}`;
    return {
      upsert: async (id, payload, expiresIn) => this.#upsert(key(id), model, payload, expiresIn ?? 0),
      find: async (id) => this.#find(key(id), model),
      findByUid: async (uid) => {
        const found = this.#uids.get(uid);
        return found ? this.#read(found)?.payload : undefined;
      },
      findByUserCode: async () => undefined,
      destroy: async (id) => this.#delete(key(id)),
      consume: async (id) => this.#consume(key(id), model),
      revokeByGrantId: async (grantId) => this.#revoke(grantId, model),
    };
  }

  /** A stored payload, used or not, e.g. to report a code's redirect URI. */
  peek(model: string, id: string): AdapterPayload | undefined {
    return this.#read(`${model}:${id}`)?.payload;
  }

  /** Moves an entry's expiry, e.g. of a refresh token that does not rotate when it is used. */
  extend(model: string, id: string, expiresIn: number): void {
    const entry = this.#entries.get(`${model}:${id}`);
    if (!entry) return;
    entry.expiresAt = this.#now() + expiresIn * 1000;
    entry.payload.exp = Math.floor(entry.expiresAt / 1000);
  }

  /** Ends a whole family: the grant and every token made from it. */
  revokeGrant(grantId: string): void {
    for (const key of this.#grants.get(grantId) ?? []) this.#delete(key);
    this.#grants.delete(grantId);
    this.#rotations.delete(grantId);
    this.#delete(`Grant:${grantId}`);
  }

  /** Deletes everything that belongs to a user: sessions, grants, tokens. */
  forget(accountId: string): void {
    for (const [key, { payload }] of this.#entries) if (payload.accountId === accountId) this.#delete(key);
  }

  #upsert(key: string, model: string, payload: AdapterPayload, expiresIn: number): void {
    this.#sweep();
    // Not copied: the library makes a payload for each call.
    const stored: Stored = payload;
    // OpenID Connect Core 12.2: a refreshed ID token should not have a nonce, so none is stored for it.
    if (model === 'RefreshToken') stored.nonce = undefined;
    const known = this.#entries.get(key)?.payload;
    // An entry that is written again for another grant (two equal tokens in one second) leaves its first family.
    if (known?.grantId && known.grantId !== payload.grantId) this.#leave(known.grantId, key);
    if (known?.consumedAt) Object.assign(stored, { consumedAt: known.consumedAt, consumed: known.consumed });
    this.#entries.set(key, {
      payload: stored,
      since: this.#now(),
      expiresAt: expiresIn ? this.#now() + expiresIn * 1000 : Number.POSITIVE_INFINITY,
    });
    if (payload.uid && model === 'Session') this.#uids.set(payload.uid, key);
    const { grantId } = payload;
    if (!grantId) return;
    const family = this.#grants.get(grantId) ?? new Set();
    this.#grants.set(grantId, family.add(key));
    if (model === 'RefreshToken') {
      const rotations = Number(payload.rotations ?? 0);
      this.#rotations.set(grantId, Math.max(rotations, this.#rotations.get(grantId) ?? 0));
    }
  }

  #read(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry && entry.expiresAt <= this.#now()) {
      this.#delete(key);
      return undefined;
    }
    return entry;
  }

  #find(key: string, model: string): AdapterPayload | undefined {
    const payload = this.#read(key)?.payload;
    if (!payload) return undefined;
    if (model === 'RefreshToken' && payload.consumed) {
      // Within the leeway the previous token looks unused: the library has no leeway.
      if (this.#mayRepeat(payload)) return { ...payload, consumed: undefined };
      this.#reused(
        payload,
        payload.repeated
          ? 'it was already used twice'
          : 'it was already used, and its leeway is over or a newer one was used',
      );
    }
    return payload;
  }

  #mayRepeat(payload: Stored): boolean {
    if (payload.repeated || payload.consumedAt === undefined) return false;
    const leeway = this.options.leewayOf(String(payload.clientId)) * 1000;
    const isPrevious = Number(payload.rotations ?? 0) + 1 === this.#rotations.get(String(payload.grantId));
    return leeway > 0 && isPrevious && this.#now() - payload.consumedAt < leeway;
  }

  /** Check and set in one turn of the event loop: the second of two parallel callers is refused. */
  #consume(key: string, model: string): void {
    const payload = this.#read(key)?.payload;
    const label = model === 'RefreshToken' ? 'refresh token' : 'authorization code';
    if (!payload) throw new errors.InvalidGrant(`${label} not found`);
    if (payload.consumed === undefined) {
      payload.consumedAt = this.#now();
      payload.consumed = Math.floor(payload.consumedAt / 1000);
      return;
    }
    if (model === 'RefreshToken' && this.#mayRepeat(payload)) {
      payload.repeated = true;
      return;
    }
    const { grantId } = payload;
    if (model === 'RefreshToken') {
      if (grantId) this.#endFamily(grantId);
      this.#reused(payload, 'it was used twice at the same time');
    } else if (grantId) this.revokeGrant(grantId);
    throw new errors.InvalidGrant(`${label} already used`);
  }

  #reused({ clientId, accountId }: Stored, reason: string): void {
    this.options.onReuse({ clientId: String(clientId), accountId: String(accountId) }, reason);
  }

  /** A grant, and what can make new tokens; access tokens remain valid. */
  #endFamily(grantId: string): void {
    for (const model of ['RefreshToken', 'AuthorizationCode']) this.#revoke(grantId, model);
    this.#delete(`Grant:${grantId}`);
  }

  /** An access token cannot be revoked: it is valid until it expires, also an opaque one. Only `revokeGrant` ends it. */
  #revoke(grantId: string, model: string): void {
    if (model === 'AccessToken') return;
    for (const key of this.#grants.get(grantId) ?? []) {
      if (key.startsWith(`${model}:`)) this.#delete(key);
    }
  }

  #delete(key: string): void {
    const payload = this.#entries.get(key)?.payload;
    if (!payload) return;
    this.#entries.delete(key);
    if (payload.uid && this.#uids.get(payload.uid) === key) this.#uids.delete(payload.uid);
    if (payload.grantId) this.#leave(payload.grantId, key);
  }

  #leave(grantId: string, key: string): void {
    const family = this.#grants.get(grantId);
    family?.delete(key);
    if (family?.size !== 0) return;
    this.#grants.delete(grantId);
    this.#rotations.delete(grantId);
  }

  #sweep(): void {
    const now = this.#now();
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + SWEEP_EVERY;
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= now) this.#delete(key);
    // Each authorization has its own grant, which must outlive what was made from it, and no longer.
    for (const [key, { since }] of this.#entries) {
      const [model, id] = key.split(':', 2);
      if (model === 'Grant' && since + GRACE <= now && !this.#grants.has(id ?? '')) this.#delete(key);
    }
  }
}
