import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { isHttpsOrLoopback } from '../../lib/settings';
import type { SourceFile } from './document';
import { later, notHere, unread } from './vocabulary';

/** An empty variable counts as an absent setting. */
const orNothing = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());

const endpoint = z
  .string()
  .refine(
    isHttpsOrLoopback,
    'must be an https URL, or an http one on localhost, such as https://idp.example/sso',
  );
const text = orNothing(z.string());
const scope = z
  .union([z.array(z.string()), z.string()], {
    error: 'must be scopes: a list, or a text with spaces between them',
  })
  .transform((value) => (typeof value === 'string' ? value.split(/[ ,]+/).filter(Boolean) : value));
const fieldsMap = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string())], {
    error: 'must be the name of an attribute, or a list of names',
  }),
);

/** PEM, the same in base64, or base64 of its DER, as Auth0 accepts it. @returns PEM, or undefined. */
export function readCertificate(given: string): string | undefined {
  const compact = given.replace(/\s+/g, '');
  const candidates = [
    given.trim(),
    Buffer.from(compact, 'base64').toString('utf8'),
    Buffer.from(compact, 'base64'),
  ];
  for (const candidate of candidates) {
    try {
      return new X509Certificate(candidate).toString();
    } catch {
      // Try the next form.
    }
  }
  return undefined;
}

const certificate = z.string().transform((value, context) => {
  const pem = readCertificate(value);
  if (pem !== undefined) return pem;
  context.addIssue({
    code: 'custom',
    message:
      'is no X.509 certificate: give the identity provider’s signing certificate as PEM, or that in base64',
  });
  return z.NEVER;
});

const both = 'client_id and client_secret belong together: one of them is missing';

/** Not strict: Google's flags for its APIs are many, and no login needs one. */
const google = z
  .looseObject({
    client_id: text,
    client_secret: text,
    scope: scope.optional(),
  })
  .refine((o) => (o.client_id === undefined) === (o.client_secret === undefined), { error: both });

const oidc = z
  .strictObject({
    type: z
      .enum(['back_channel', 'front_channel'])
      .refine(
        (type) => type === 'back_channel',
        'must be back_channel: the local tenant takes no tokens from the browser',
      )
      .default('back_channel'),
    client_id: z.string().min(1),
    client_secret: z.string().min(1),
    /** The issuer, or the URL of its discovery document. */
    discovery_url: orNothing(endpoint),
    issuer: orNothing(endpoint),
    scope: scope.default(['openid', 'profile', 'email']),
    ...unread(`attribute_map authorization_endpoint connection_settings domain_aliases dpop_signing_alg
      enable_pushed_authorization_requests icon_url id_token_session_expiry_supported
      id_token_signed_response_algs jwks_uri non_persistent_attrs oidc_metadata
      pushed_authorization_request_endpoint send_back_channel_nonce set_user_root_attributes tenant_domain
      token_endpoint token_endpoint_auth_signing_alg token_endpoint_jwtca_aud_format upstream_params
      userinfo_endpoint useOauthSpecScope`),
    token_endpoint_auth_method: z.enum(['client_secret_post', 'client_secret_basic']).nullish(),
  })
  .refine((o) => o.discovery_url !== undefined || o.issuer !== undefined, {
    error: 'needs discovery_url, the address of the provider’s discovery document',
  });

const oauth2 = z.strictObject({
  authorizationURL: endpoint,
  tokenURL: endpoint,
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  scope: scope.default([]),
  pkce_enabled: z.boolean().default(false),
  scripts: z.strictObject({ fetchUserProfile: z.string().min(1), getLogoutUrl: later }),
  authParams: z.record(z.string(), z.string()).default({}),
  ...unread(`authParamsMap customHeaders fieldsMap icon_url logoutUrl non_persistent_attrs set_user_root_attributes
    upstream_params useOauthSpecScope`),
});

const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-';
const samlp = z
  .strictObject({
    signInEndpoint: orNothing(endpoint),
    ...unread(`signOutEndpoint disableSignout idpinitiated assertion_decryption_settings debug deflate destinationUrl
      discovery_url domain_aliases expires global_token_revocation_jwt_iss global_token_revocation_jwt_sub
      icon_url metadataUrl metadataXml non_persistent_attrs oidc_metadata recipientUrl
      set_user_root_attributes subject tenant_domain thumbprints upstream_params`),
    signingCert: orNothing(certificate),
    cert: orNothing(certificate),
    /** The tenant's entity ID; default urn:auth0:TENANT:NAME. */
    entityId: text,
    /** The request's binding; the response always uses HTTP-POST. */
    protocolBinding: z.enum([`${BINDING}Redirect`, `${BINDING}POST`]).default(`${BINDING}Redirect`),
    signSAMLRequest: z.boolean().default(false),
    signatureAlgorithm: z.enum(['rsa-sha256', 'rsa-sha1']).default('rsa-sha256'),
    digestAlgorithm: z.enum(['sha256', 'sha1']).default('sha256'),
    fieldsMap: fieldsMap.default({}),
    user_id_attribute: text,
    decryptionKey: notHere,
    requestTemplate: notHere,
    signing_key: notHere,
  })
  .refine((o) => (o.signInEndpoint === undefined) === ((o.signingCert ?? o.cert) === undefined), {
    error: 'signInEndpoint and signingCert belong together: one of them is missing',
  });

export const OPTIONS = { 'google-oauth2': google, oauth2, oidc, samlp } as const;
type Strategy = keyof typeof OPTIONS;

export const connection = z.strictObject({
  name: z
    .string()
    .max(128)
    .regex(
      /^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/,
      'must be letters and digits, with single hyphens between them',
    ),
  strategy: z.string().min(1),
  display_name: z.string().max(128).optional(),
  enabled_clients: z.array(z.string()).default([]),
  options: z.looseObject({}).default({}),
  /** Whether the login page has a button for it; for enterprise connections only. */
  show_as_button: z.boolean().default(false),
  ...unread(`authentication connected_accounts cross_app_access_requesting_app cross_app_access_resource_app id
    is_domain_connection metadata realms`),
});

type Common = Omit<z.output<typeof connection>, 'strategy' | 'options'>;
type Of<S extends Strategy> = Common & { strategy: S; options: z.output<(typeof OPTIONS)[S]> };
export type GoogleConnection = Of<'google-oauth2'>;
export type OidcConnection = Of<'oidc'>;
export type OAuth2Connection = Of<'oauth2'>;
export type SamlConnection = Of<'samlp'>;
export type Connection = GoogleConnection | OidcConnection | OAuth2Connection | SamlConnection;

/** Reads options by strategy; skips unknown strategies, which a real tenant's file may have.
 * @param file the raw value, to report mistakes beside others. @param connections the checked value, if any. */
export function readConnections(
  source: SourceFile,
  file: unknown,
  connections: readonly z.output<typeof connection>[] = [],
): Connection[] {
  const listed = (file as { connections?: unknown } | null)?.connections;
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one: { strategy?: unknown; options?: unknown } | null, i) => {
    const strategy = one?.strategy;
    if (typeof strategy !== 'string' || !Object.hasOwn(OPTIONS, strategy)) return [];
    const schema: z.ZodType = OPTIONS[strategy as Strategy];
    const options = source.check(schema, one?.options ?? {}, ['connections', i, 'options']);
    const rest = connections[i];
    return options === undefined || !rest ? [] : [{ ...rest, options } as Connection];
  });
}

/** Placeholders that may be unset: then the workshop's own providers are used. So one file serves here and, with real
 * values, at a real tenant. */
export const REAL_PROVIDERS = {
  GOOGLE_CLIENT_ID: '',
  GOOGLE_CLIENT_SECRET: '',
  SAML_SIGN_IN_URL: '',
  SAML_SIGNING_CERT: '',
} as const;
