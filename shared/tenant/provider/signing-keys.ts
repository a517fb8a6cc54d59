import type { JWK } from 'jose';
import type { Snapshot } from '../config/snapshot';

/** Keys for provider and JWKS. `alg` limits a key to one algorithm (RFC 7517, section 4.4), so each further algorithm
 * in use gets a copy of each key. */
export function keysByAlgorithm(signingKeys: JWK[], { config }: Snapshot): JWK[] {
  const wanted = new Set([
    ...config.resourceServers.map((api) => api.signing_alg),
    ...config.clients.map((client) => client.jwt_configuration.alg),
  ]);
  // Keys are RS256 by default, and HS256 has no public key.
  const others = [...wanted].filter((alg) => alg !== 'RS256' && alg !== 'HS256');
  return [
    ...signingKeys,
    ...others.flatMap((alg) => signingKeys.map((key) => ({ ...key, alg, kid: `${key.kid}-${alg}` }))),
  ];
}
