export const MANAGEMENT_PATH = '/api/v2';

/** Whether a client grant means the Management API of any tenant: its audience contains the domain, which differs
 * from tenant to tenant, so each tenant takes it for its own. */
export function isManagementAudience(audience: string): boolean {
  return /^https?:\/\/[^/?#]+\/api\/v2\/$/.test(audience);
}
