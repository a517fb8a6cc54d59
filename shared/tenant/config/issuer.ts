import { memoize } from '../../lib/memoize';

interface IssuerParts {
  /** Without a trailing slash. */
  origin: string;
  /** With the port. */
  host: string;
  /** "http:" or "https:". */
  protocol: string;
  /** The tenant's own name: the first label of its host. */
  tenant: string;
}

/** An issuer's parts. A tenant has one issuer as long as it runs: it is taken apart once, not at every request. */
export const issuerParts = memoize((issuer): IssuerParts => {
  const { origin, host, hostname, protocol } = new URL(issuer);
  return { origin, host, protocol, tenant: hostname.split('..', 1)[0] ?? '' };
});
