import { z } from 'zod';
import { connection } from './connections';
import { scriptSections } from './scripts';
import {
  APP_TYPES,
  GRANT_TYPES,
  later,
  laterText,
  notHere,
  notRequiredHere,
  nullAsAbsent,
  OTHER_APP_TYPES,
  OTHER_GRANT_TYPES,
  SIGNING_ALGORITHMS,
  unread,
} from './vocabulary';

/** Seconds in 30 days: Auth0's longest lifetime of an access token. */
const MONTH = 2_592_000;
const seconds = (max: number) => z.int().min(1).max(max);

const displayName = z
  .string()
  .min(1)
  .regex(/^[^<>]*$/, 'must not contain < or >');
const url = z
  .string()
  .refine(
    (text) =>
      URL.canParse(text) &&
      /^[a-z][a-z0-9+.-]*:\/\//i.test(text) &&
      !/^(?:javascript|data|vbscript|file|blob|about):/i.test(text) &&
      !text.includes('#') &&
      !text.includes('*'),
    'must be an absolute URL without fragment, such as http://localhost:3000/callback (wildcards are not supported)',
  );

const scope = z.strictObject({
  value: z
    .string()
    .regex(
      /^[\x21\x23-\x5B\x5D-\x7E]+$/,
      'must be one word without spaces, quotes or backslashes (RFC 6749, section 3.3)',
    ),
  description: z.string().optional(),
});

/** Which applications may get tokens, for users and for themselves. Auth0 has allow_all for users only. */
const subjectTypeAuthorization = z.strictObject({
  user: z
    .strictObject({ policy: z.enum(['allow_all', 'require_client_grant', 'deny_all']).default('allow_all') })
    .prefault({}),
  client: z
    .strictObject({ policy: z.enum(['require_client_grant', 'deny_all']).default('require_client_grant') })
    .prefault({}),
  anonymous_user: later,
});

/** Auth0's "resource server". */
export const resourceServer = z.strictObject({
  name: displayName,
  identifier: z.string().min(1),
  token_lifetime: seconds(MONTH).default(86_400),
  token_lifetime_for_web: seconds(MONTH).default(7200),
  signing_alg: z.enum(SIGNING_ALGORITHMS).default('RS256'),
  token_dialect: z
    .enum(['access_token', 'access_token_authz', 'rfc9068_profile', 'rfc9068_profile_authz'])
    .default('access_token'),
  enforce_policies: z.boolean().default(false),
  allow_offline_access: z.boolean().default(false),
  skip_consent_for_verifiable_first_party_clients: z.boolean().default(true),
  scopes: z.array(scope).max(1000).default([]),
  subject_type_authorization: subjectTypeAuthorization.prefault({}),
  /** For HS256; made once and stored if absent. */
  signing_secret: z.string().min(16, 'must have at least 16 characters').optional(),
  ...unread(`allow_online_access allow_online_access_with_ephemeral_sessions client_id id is_system
    token_lifetime_for_anonymous_access_tokens verification_location`),
  /** RFC 9449; only DPoP, since mutual TLS needs certificates on both sides. */
  proof_of_possession: z
    .looseObject({ mechanism: z.literal('dpop'), required: z.boolean().default(true) })
    .nullable()
    .optional(),
  authorization_policy: notHere,
  token_encryption: notHere,
  consent_policy: notHere,
  authorization_details: notHere,
});

/** Lifetimes and leeway in seconds. */
export const refreshTokenSettings = z.strictObject({
  rotation_type: z.enum(['rotating', 'non-rotating']).default('non-rotating'),
  expiration_type: z.enum(['expiring', 'non-expiring']).default('non-expiring'),
  leeway: z.int().min(0).max(MONTH).default(0),
  token_lifetime: seconds(31_557_600).default(2_592_000),
  infinite_token_lifetime: z.boolean().default(false),
  idle_token_lifetime: seconds(31_557_600).default(2_592_000),
  infinite_idle_token_lifetime: z.boolean().default(false),
  policies: later,
});

/** Auth0's "client". */
export const client = z.strictObject({
  name: displayName,
  description: z.string().optional(),
  app_type: z.enum([...APP_TYPES, ...OTHER_APP_TYPES]).default('regular_web'),
  client_id: z
    .string()
    .regex(/^[A-Za-z0-9]+$/, 'must be letters and digits only')
    .optional(),
  client_secret: z.string().min(16, 'must have at least 16 characters').optional(),
  /** For Actions and Hooks. */
  client_metadata: z.record(z.string(), z.unknown()).optional(),
  is_first_party: z.boolean().default(true),
  callbacks: z.array(url).default([]),
  allowed_logout_urls: z.array(url).default([]),
  grant_types: z
    .array(z.enum([...GRANT_TYPES, ...OTHER_GRANT_TYPES]))
    .default(['authorization_code', 'refresh_token']),
  token_endpoint_auth_method: nullAsAbsent(
    z.enum(['client_secret_post', 'client_secret_basic', 'none']).default('client_secret_post'),
  ),
  jwt_configuration: z
    .looseObject({
      lifetime_in_seconds: seconds(MONTH).default(36_000),
      alg: z.enum(SIGNING_ALGORITHMS).default('RS256'),
    })
    .prefault({}),
  refresh_token: nullAsAbsent(refreshTokenSettings.prefault({})),
  /** OpenID Connect Back-Channel Logout 1.0. */
  oidc_logout: z
    .looseObject({
      backchannel_logout_urls: z.array(url).max(1, 'may have one URL').default([]),
    })
    .prefault({}),
  /** RFC 9126. */
  require_pushed_authorization_requests: z.boolean().default(false),
  /** RFC 9449. */
  require_proof_of_possession: z.boolean().default(false),
  ...unread(`addons allowed_clients allowed_origins anonymous_sessions async_approval_notification_channels
    b2b_integration_configuration client_aliases compliance_level created_at cross_origin_auth
    cross_origin_authentication cross_origin_loc custom_login_page custom_login_page_on
    custom_login_page_preview default_organization encryption_key express_configuration external_client_id
    external_metadata_created_by external_metadata_type fedcm_login form_template global
    identity_assertion_authorization_grant initiate_login_uri is_token_endpoint_ip_header_trusted jwks_uri
    logo_uri mobile my_organization_configuration native_social_login oidc_backchannel_logout
    oidc_conformant organization_discovery_methods organization_require_behavior organization_usage
    par_request_expiry redirection_policy resource_server_identifier session_transfer signing_keys
    skip_non_verifiable_callback_uri_confirmation_prompt sso sso_disabled third_party_security_mode
    token_exchange token_quota token_vault_privileged_access updated_at web_origins`),
  tenant: laterText,
  signed_request_object: notRequiredHere,
  client_authentication_methods: notHere,
});

const database = z.looseObject({
  name: z.string().min(1),
  strategy: z.literal('auth0').default('auth0'),
  enabled_clients: z.array(z.string()).default([]),
});

/** For itself (client) or on behalf of users (user). */
export const clientGrant = z.looseObject({
  client_id: z.string(),
  audience: z.string(),
  scope: z.array(z.string()).default([]),
  subject_type: z.enum(['client', 'user', 'anonymous_user']).default('client'),
  allow_all_scopes: z.boolean().default(false),
});

/** Who has a role is in user-roles.json. */
export const role = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  ...unread('id owner_id type'),
  permissions: z
    .array(z.strictObject({ permission_name: z.string(), resource_server_identifier: z.string() }))
    .default([]),
});

/** Session lifetimes in hours, as in Auth0. */
const tenantSettings = z.looseObject({
  friendly_name: later,
  // Auth0 writes an empty text for none.
  default_audience: z.preprocess((value) => (value === '' ? undefined : value), z.string().optional()),
  session_lifetime: z.number().positive().max(8760).default(168),
  idle_session_lifetime: z.number().positive().max(8760).default(72),
  allowed_logout_urls: z.array(url).default([]),
  flags: z.looseObject({ use_scope_descriptions_for_consent: z.boolean().default(false) }).prefault({}),
});

/** Other parts of the section are not read. */
const attackProtection = z
  .looseObject({
    bruteForceProtection: z
      .looseObject({
        enabled: z.boolean().default(true),
        max_attempts: z.int().min(1).max(100).default(10),
        mode: z
          .enum(['count_per_identifier_and_ip', 'count_per_identifier'])
          .default('count_per_identifier_and_ip'),
        /** Without `block`, a block is only logged. */
        shields: z.array(z.enum(['block', 'user_notification'])).default(['block', 'user_notification']),
        allowlist: z.array(z.string()).default([]),
      })
      .prefault({}),
  })
  .prefault({});

/** tenant.yaml in auth0-deploy-cli's format. */
export const tenantConfig = z.strictObject({
  tenant: tenantSettings.prefault({}),
  resourceServers: z.array(resourceServer).default([]),
  clients: z.array(client).default([]),
  clientGrants: z.array(clientGrant).default([]),
  databases: z.array(database).optional(),
  roles: z.array(role).default([]),
  connections: z.array(connection).default([]),
  attackProtection,
  ...scriptSections,
  // Sections that the tenant does not read.
  ...unread(`actionModules branding connectionProfiles customDomains emailProvider emailTemplates eventStreams
    exclude flowVaultConnections flows forms guardianFactorProviders guardianFactorTemplates guardianFactors
    guardianPhoneFactorMessageTypes guardianPhoneFactorSelectedProvider guardianPolicies logStreams
    migrations networkACLs organizations pages phoneProviders phoneTemplates prompts rateLimitPolicies
    riskAssessment selfServiceProfiles supplementalSignals themes tokenExchangeProfiles
    userAttributeProfiles`),
});

export type TenantConfig = z.output<typeof tenantConfig>;
export type ResourceServer = z.output<typeof resourceServer>;
export type Role = z.output<typeof role>;
export type Client = z.output<typeof client>;
export type ClientGrant = z.output<typeof clientGrant>;
export type RefreshTokenSettings = z.output<typeof refreshTokenSettings>;
export type BruteForceProtection = TenantConfig['attackProtection']['bruteForceProtection'];
