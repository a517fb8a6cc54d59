import { memoize } from '../../lib/memoize';

/** Parsed once for each issuer, not at every request. `tenant` is the first label of the host. */
export const issuerParts = memoize((issuer) => {
  const { origin, host, hostname, protocol } = new URL(issuer);
  return { origin, host, protocol, tenant: hostname.split('..', 1)[0] ?? '' };
});
