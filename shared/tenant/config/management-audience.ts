/** Where the Management API is, below the issuer. */
export const MANAGEMENT_PATH = '/api/v2';

/**
 * Whether a client grant's audience means a tenant's Management API. It has the tenant's own domain in it, which changes from tenant to tenant
 * while the file stays: each tenant takes it for its own.
 */
export function isManagementAudience(audience: string): boolean {
  return /^https?:\/\/[^/?#]+\/api\/v2\/$/.test(audience);
}
