import type { JWK } from 'jose';
import type { Snapshot } from '../config/snapshot';

/** The keys as the provider and the JWKS have them. A key with `alg` verifies that algorithm and no other (RFC 7517,
 * section 4.4), so where an API or an application wants another one each key stands there once more for it. */
export function keysByAlgorithm(signingKeys: JWK[], { config }: Snapshot): JWK[] {
  const wanted = new Set([
    ...config.resourceServers.map((api) => api.signing_alg),
    ...config.clients.map((client) => client.jwt_configuration.alg),
  ]);
  // RS256 is what they are made for, and HS256 has no public key.
  const others = [...wanted].filter((alg) => alg !== 'RS256' && alg !== 'HS256');
  return [
    ...signingKeys,
    ...others.flatMap((alg) => signingKeys.map((key) => ({ ...key, alg, kid: `${key.kid}-${alg}` }))),
  ];
}
