import { memoize } from '../../lib/memoize';

interface IssuerParts {
  /** Without a trailing slash. */
  origin: string;
  /** With the port. */
  host: string;
  protocol: string;
  /** The first label of the host. */
  tenant: string;
}

/** Parsed once for each issuer, not at every request. */
export const issuerParts = memoize((issuer): IssuerParts => {
  const { origin, host, hostname, protocol } = new URL(issuer);
  return { origin, host, protocol, tenant: hostname.split('..', 1)[0] ?? '' };
});
