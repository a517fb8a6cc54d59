import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** Without the tenant's keys nothing is known about a token. */
export class TenantUnreachable extends Error {
  override name = 'TenantUnreachable';
}

const metadataSchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });
const jwksSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** Milliseconds. */
const FETCH_TIMEOUT = 3000;
const COOL_DOWN = 4000;
const FRESH_FOR = 10 * 60_000;
const LAST_KNOWN_FOR = 24 * 60 * 60_000;

/** The tenant's issuer and its signing keys by `kid`; a new object only when one of these changed. */
export interface KeySet {
  issuer: string;
  keys: ReadonlyMap<string, KeyObject>;
}

/** The issuer and its keys, from discovery (RFC 8414) and JWKS (RFC 7517): fetched again after 10 minutes, or for an
 * unknown `kid` (at most once in 4 s). While the tenant is down, the last known keys are used for up to a day. */
export class IssuerKeys {
  #known: { set: KeySet; at: number } | undefined;
  #fetching: Promise<KeySet> | undefined;
  #lastFetch = Number.NEGATIVE_INFINITY;

  /** @param issuer with or without its final slash; tokens are compared with the issuer that discovery names.
   * @param now milliseconds since the epoch. */
  constructor(
    private readonly issuer: URL,
    private readonly now: () => number = Date.now,
    private readonly read: (url: URL) => Promise<unknown> = json,
  ) {}

  /** @returns the key set; its `keys` lacks a `kid` that the issuer does not publish.
   * @throws TenantUnreachable when no keys are known and the tenant does not answer. */
  async find(kid: string): Promise<KeySet> {
    const set = await this.#current();
    if (set.keys.has(kid) || !this.#mayFetch()) return set;
    return this.#fetch().catch(() => set);
  }

  /** The current key set; undefined when the tenant must be asked first. */
  get inForce(): KeySet | undefined {
    const known = this.#known;
    if (!known) return undefined;
    const age = this.now() - known.at;
    return age < FRESH_FOR || (age < LAST_KNOWN_FOR && !this.#mayFetch()) ? known.set : undefined;
  }

  async #current(): Promise<KeySet> {
    const { inForce } = this;
    if (inForce) return inForce;
    const known = this.#known;
    if (known && this.now() - known.at < LAST_KNOWN_FOR) return this.#fetch().catch(() => known.set);
    if (!this.#mayFetch()) throw new TenantUnreachable('the tenant did not answer a moment ago');
    return this.#fetch();
  }

  #mayFetch(): boolean {
    return this.#fetching !== undefined || this.now() - this.#lastFetch >= COOL_DOWN;
  }

  /** One fetch at a time, which all callers share. */
  #fetch(): Promise<KeySet> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
      this.#lastFetch = this.now();
    });
    return this.#fetching;
  }

  async #load(): Promise<KeySet> {
    try {
      const base = this.issuer.href.replace(/\/$/, '');
      const { issuer, jwks_uri } = metadataSchema.parse(
        await this.read(new URL(`${base}/.well-known/openid-configuration`)),
      );
      if (issuer.replace(/\/$/, '') !== base) {
        throw new Error(`discovery names the issuer ${issuer}, but ISSUER_BASE_URL is ${this.issuer.href}`);
      }
      const { keys } = jwksSchema.parse(await this.read(new URL(jwks_uri)));
      const read = { issuer, keys: publicKeys(keys) };
      const before = this.#known?.set;
      this.#known = { set: before && isSame(before, read) ? before : read, at: this.now() };
      return this.#known.set;
    } catch (error) {
      throw new TenantUnreachable(`its keys could not be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

const isSame = (one: KeySet, other: KeySet): boolean =>
  one.issuer === other.issuer &&
  one.keys.size === other.keys.size &&
  [...one.keys].every(([kid, key]) => other.keys.get(kid)?.equals(key));

async function json(url: URL): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT), redirect: 'error' });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
}

function publicKeys(keys: { kty: string; kid?: unknown; use?: unknown }[]): Map<string, KeyObject> {
  const found = new Map<string, KeyObject>();
  for (const jwk of keys) {
    if (jwk.kty !== 'RSA' || typeof jwk.kid !== 'string' || (jwk.use !== undefined && jwk.use !== 'sig'))
      continue;
    try {
      found.set(jwk.kid, createPublicKey({ key: jwk, format: 'jwk' }));
    } catch {
      // One malformed key must not remove the others.
    }
  }
  return found;
}
