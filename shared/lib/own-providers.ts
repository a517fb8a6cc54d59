import type { Setting } from './settings';

/** The workshop's own identity providers, used where tenant.yaml names no others. */
export interface OwnProviders {
  /** In place of Google. */
  social(): Promise<{ name: string; issuer: string; client_id: string; client_secret: string }>;
  saml(): Promise<{ name: string; entityId: string; signInEndpoint: string; certificate: string }>;
}

/** Where a tenant in its own process finds them: their origins, and the folder with their keys. */
export interface ProviderSettings {
  social: Setting<string>;
  saml: Setting<string>;
  providersData: Setting<string>;
}
