import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/** The tenant cannot be reached, so nothing can be said of a token. */
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

interface Known {
  issuer: string;
  keys: Map<string, KeyObject>;
  at: number;
}

/**
 * The issuer's name and signing keys, from discovery (RFC 8414, OpenID Connect Discovery 1.0) and its JWKS (RFC 7517).
 * Fetched when first needed, kept for ten minutes, fetched once more for an unknown `kid` but at most once in four
 * seconds, and while the tenant is down the last known keys go on serving for a day.
 */
export class IssuerKeys {
  #known: Known | undefined;
  #fetching: Promise<Known> | undefined;
  #lastFetch = Number.NEGATIVE_INFINITY;

  /**
   * @param issuer with or without its final slash; tokens are compared with the name that discovery gives.
   * @param now milliseconds since the epoch; tests move it.
   * @param read fetches a JSON document.
   */
  constructor(
    private readonly issuer: URL,
    private readonly now: () => number = Date.now,
    private readonly read: (url: URL) => Promise<unknown> = json,
  ) {}

  /**
   * @returns the issuer's name and the key, or no key when the issuer has none of that `kid`.
   * @throws TenantUnreachable when nothing is known and the tenant does not answer.
   */
  async find(kid: string): Promise<{ issuer: string; key: KeyObject | undefined }> {
    let known = await this.#current();
    if (!known.keys.has(kid) && this.#mayFetch()) known = await this.#fetch().catch(() => known);
    return { issuer: known.issuer, key: known.keys.get(kid) };
  }

  async #current(): Promise<Known> {
    const known = this.#known;
    const age = known ? this.now() - known.at : Number.POSITIVE_INFINITY;
    if (!known || age >= LAST_KNOWN_FOR) {
      if (!this.#fetching && !this.#mayFetch())
        throw new TenantUnreachable('the tenant did not answer a moment ago');
      return this.#fetch();
    }
    if (age < FRESH_FOR || !this.#mayFetch()) return known;
    return this.#fetch().catch(() => known);
  }

  #mayFetch(): boolean {
    return this.#fetching !== undefined || this.now() - this.#lastFetch >= COOL_DOWN;
  }

  /** One fetch at a time: everyone who needs it meanwhile waits for the same one. */
  #fetch(): Promise<Known> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
      this.#lastFetch = this.now();
    });
    return this.#fetching;
  }

  async #load(): Promise<Known> {
    try {
      const base = this.issuer.href.replace(/\/$/, '');
      const { issuer, jwks_uri } = metadataSchema.parse(
        await this.read(new URL(`${base}/.well-known/openid-configuration`)),
      );
      if (issuer.replace(/\/$/, '') !== base) {
        throw new Error(`discovery names the issuer ${issuer}, but ISSUER_BASE_URL is ${this.issuer.href}`);
      }
      const { keys } = jwksSchema.parse(await this.read(new URL(jwks_uri)));
      this.#known = { issuer, keys: publicKeys(keys), at: this.now() };
      return this.#known;
    } catch (error) {
      throw new TenantUnreachable(`its keys could not be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

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
      // One malformed key must not take the others away.
    }
  }
  return found;
}
