import { createLocalJWKSet, errors, type JSONWebKeySet, type JWSHeaderParameters } from 'jose';
import { InvalidToken, KeysUnavailable } from './bearer';
import { json } from './hardening/json';

/** Milliseconds. */
const [COOL_DOWN, FRESH_FOR, LAST_KNOWN_FOR] = [4000, 10 * 60_000, 24 * 60 * 60_000] as const;

/** What the issuer publishes: the same object until something changes. `key` finds the key that a header names. */
export interface KeySet {
  issuer: string;
  jwks: JSONWebKeySet;
  key: ReturnType<typeof createLocalJWKSet>;
}

/** The issuer's keys, from discovery (RFC 8414) and JWKS (RFC 7517). Fetched again after 10 minutes, or for an unknown
 * `kid`, at most once in 4 s. While the issuer does not answer, the last known keys serve for up to a day. */
export class IssuerKeys {
  #set: KeySet | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #fetching: Promise<KeySet> | undefined;

  /** @param base the issuer, with or without its final slash. @param now milliseconds since the epoch.
   * @param read fetches a JSON document. */
  constructor(
    private readonly base: URL,
    private readonly now: () => number = Date.now,
    private readonly read: (url: URL) => Promise<any> = json,
  ) {}

  /** The issuer as discovery names it: what `iss` of a token must be. @throws KeysUnavailable */
  async issuer(): Promise<string> {
    return (await this.#current()).issuer;
  }

  /** The key of a token. @throws JWKSNoMatchingKey (jose) for a `kid` that the issuer does not publish. KeysUnavailable */
  async find(header: JWSHeaderParameters): ReturnType<KeySet['key']> {
    if (!header.kid) throw new InvalidToken('kid', 'the token names no key (kid)');
    const known = await this.#current();
    // BEGIN SOLUTION 6.1
    // STUB // Task 6.1: fetch the keys again for an unknown kid
    // STUB return known.key(header);
    try {
      return await known.key(header);
    } catch (error) {
      // An unknown kid may be a new key, or an attacker's: one fetch, and then none for a while.
      if (!(error instanceof errors.JWKSNoMatchingKey) || !this.#mayFetch) throw error;
      const fresh = await this.#fetch().catch(() => known);
      return fresh.key(header);
    }
    // END SOLUTION
  }

  /** The keys, if they need no fetch. */
  get inForce(): KeySet | undefined {
    return this.#youngerThan(this.#mayFetch ? FRESH_FOR : LAST_KNOWN_FOR);
  }

  async #current(): Promise<KeySet> {
    if (this.inForce) return this.inForce;
    if (!this.#mayFetch) throw new KeysUnavailable('the issuer did not answer a moment ago');
    return this.#fetch().catch((error) => {
      const lastKnown = this.#youngerThan(LAST_KNOWN_FOR);
      if (lastKnown) return lastKnown;
      throw new KeysUnavailable(`the issuer's keys could not be read: ${error.message}`, { cause: error });
    });
  }

  #youngerThan(age: number): KeySet | undefined {
    return this.now() - this.#readAt < age ? this.#set : undefined;
  }

  get #mayFetch(): boolean {
    return this.#fetching !== undefined || this.now() - this.#triedAt >= COOL_DOWN;
  }

  /** One fetch at a time, whose result all wait for. */
  #fetch(): Promise<KeySet> {
    this.#fetching ??= this.#load(this.base.href.replace(/\/$/, '')).finally(() => {
      this.#fetching = undefined;
      this.#triedAt = this.now();
    });
    return this.#fetching;
  }

  async #load(base: string): Promise<KeySet> {
    // BEGIN SOLUTION 6.1
    // STUB throw new Error(`Task 6.1 finds the keys of ${base}`);
    const { issuer, jwks_uri } = await this.read(new URL(`${base}/.well-known/openid-configuration`));
    if (issuer.replace(/\/$/, '') !== base) throw new Error(`discovery names the issuer ${issuer}`);
    const jwks: JSONWebKeySet = await this.read(new URL(jwks_uri));
    if (JSON.stringify([issuer, jwks]) !== JSON.stringify([this.#set?.issuer, this.#set?.jwks]))
      this.#set = { issuer, jwks, key: createLocalJWKSet(jwks) };
    this.#readAt = this.now();
    return this.#set as KeySet;
    // END SOLUTION
  }
}
