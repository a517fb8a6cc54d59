import type { Setting } from './settings';

/** The workshop's own identity providers, which stand in where tenant.yaml names no others. */
export interface OwnProviders {
  /** Instead of Google. */
  social(): Promise<{ name: string; issuer: string; client_id: string; client_secret: string }>;
  saml(): Promise<{ name: string; entityId: string; signInEndpoint: string; certificate: string }>;
}

/** Where a tenant in a process of its own finds them: their origins, and the folder in which they keep their keys. */
export interface ProviderSettings {
  social: Setting<string>;
  saml: Setting<string>;
  providersData: Setting<string>;
}
