import * as client from 'openid-client';
import type { Config } from './config';

/** Seconds until the tenant must have answered: the user gets a page within five. */
const TIMEOUT = 3;
/** Milliseconds after which the tenant's metadata is read anew. */
const FRESH_FOR = 10 * 60_000;

/**
 * The tenant as openid-client sees it. Its metadata is discovered when first needed, so the app starts while the tenant is
 * down; once known it goes on serving when the tenant cannot be asked.
 */
export class Issuer {
  #known: { configuration: client.Configuration; at: number } | undefined;
  #discovering: Promise<client.Configuration> | undefined;

  constructor(private readonly config: Config) {}

  /** @throws what openid-client throws when the tenant was never reached: see failures.ts. */
  async configuration(): Promise<client.Configuration> {
    const known = this.#known;
    if (known && Date.now() - known.at < FRESH_FOR) return known.configuration;
    this.#discovering ??= this.#discover().finally(() => {
      this.#discovering = undefined;
    });
    try {
      return await this.#discovering;
    } catch (error) {
      if (!known) throw error;
      // Ask again soon, but not for every page.
      known.at = Date.now() - FRESH_FOR + 30_000;
      return known.configuration;
    }
  }

  async #discover(): Promise<client.Configuration> {
    const { issuerBaseUrl, clientId, clientSecret, clientAuth } = this.config;
    const authenticate =
      clientAuth === 'basic' ? client.ClientSecretBasic(clientSecret) : client.ClientSecretPost(clientSecret);
    // Plain http is for a tenant on this machine only: config.ts lets no other through.
    const insecure = issuerBaseUrl.protocol === 'http:' ? [client.allowInsecureRequests] : [];
    const configuration = await client.discovery(issuerBaseUrl, clientId, {}, authenticate, {
      execute: [...insecure, client.enableNonRepudiationChecks],
      timeout: TIMEOUT,
    });
    configuration.timeout = TIMEOUT;
    this.#known = { configuration, at: Date.now() };
    return configuration;
  }
}
