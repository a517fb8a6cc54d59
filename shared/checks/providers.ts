import type { OwnProviders } from '../lib/own-providers';

/** The workshop's identity providers, Gaggle and Larkfield, on free ports. They start at the first login that needs one:
 * most runs of checks never do. */
export class Providers implements OwnProviders {
  #started: Promise<Started> | undefined;

  /** @param data the folder of their keys. @param issuer the tenant's, with a trailing slash. */
  constructor(
    private readonly data: string,
    private readonly issuer: () => string,
  ) {}

  social: OwnProviders['social'] = async () => (await this.#own()).social();
  saml: OwnProviders['saml'] = async () => (await this.#own()).saml();

  async close(): Promise<void> {
    await (await this.#started)?.close();
  }

  async #own(): Promise<OwnProviders> {
    this.#started ??= start(this.data, this.issuer);
    return (await this.#started).own;
  }
}

interface Started {
  own: OwnProviders;
  close(): Promise<void>;
}

async function start(data: string, issuer: () => string): Promise<Started> {
  const { startSocial } =
    require('../identity-providers/social') as typeof import('../identity-providers/social');
  const { startSaml } = require('../identity-providers/saml') as typeof import('../identity-providers/saml');
  const { ownProviders } = require('../identity-providers/own') as typeof import('../identity-providers/own');
  const social = await startSocial({ data, callbacks: () => [new URL('/login/callback', issuer()).href] });
  const saml = await startSaml({ data, tenant: issuer });
  return {
    own: ownProviders(data, { social: () => social.origin, saml: () => saml.origin }),
    close: async () => {
      await Promise.all([social.close(), saml.close()]);
    },
  };
}
