import type { JWK } from 'jose';
import type { Snapshot } from '../snapshot';

/**
 * The keys as the provider and the JWKS have them. A key with `alg` verifies that algorithm and no other (RFC 7517, section 4.4), so
 * where an API wants PS256 each key stands there a second time for it.
 */
export function keysByAlgorithm(signingKeys: JWK[], { config }: Snapshot): JWK[] {
  if (!config.resourceServers.some((api) => api.signing_alg === 'PS256')) return signingKeys;
  return [...signingKeys, ...signingKeys.map((key) => ({ ...key, alg: 'PS256', kid: `${key.kid}-PS256` }))];
}
