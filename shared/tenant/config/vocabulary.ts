import { z } from 'zod';

/** Known to Auth0 and not read: an exported file is accepted. */
export const later = z.unknown().optional();
/** Several of them, by names with spaces between; they add no properties to the type. */
export const unread = (names: string): Record<never, typeof later> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, later]));
/** The same for text: a misplaced section is a mistake. */
export const laterText = z
  .unknown()
  .refine((value) => value === null || typeof value !== 'object', 'must be a string')
  .optional();
/** Would make the tenant stricter, which it can't: refused, so that nobody relies on it. */
export const notHere = z
  .unknown()
  .refine(
    (value) => value === undefined || value === null || value === false,
    'is not supported by the local tenant; leave it out',
  )
  .optional();
/** The same for a setting with `required`. */
export const notRequiredHere = z.preprocess(
  (value) => (value === false ? undefined : value),
  z
    .looseObject({
      required: z
        .boolean()
        .refine((on) => !on, 'is not supported by the local tenant; leave it off')
        .default(false),
    })
    .nullish(),
);
/** Auth0's null means absent. */
export const nullAsAbsent = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === null ? undefined : value), schema);

/** Management API, SigningAlgorithmEnum. */
export const SIGNING_ALGORITHMS = ['RS256', 'PS256', 'RS512', 'HS256'] as const;

/** Known kinds, and a real tenant's kinds, which mean nothing here. */
export const APP_TYPES = ['regular_web', 'spa', 'native', 'non_interactive'] as const;
export const OTHER_APP_TYPES: readonly string[] = `box cloudbees concur dropbox echosign egnyte
  express_configuration mscrm newrelic oag office365 resource_server rms salesforce sentry sharepoint
  slack springcm sso_integration zendesk zoom`.split(/\s+/);

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials', 'implicit'] as const;
/** Served by a real tenant only. */
export const OTHER_GRANT_TYPES: readonly string[] = `password http://auth0.com/oauth/grant-type/mfa-oob
  http://auth0.com/oauth/grant-type/mfa-otp http://auth0.com/oauth/grant-type/mfa-recovery-code
  http://auth0.com/oauth/grant-type/password-realm http://auth0.com/oauth/grant-type/passwordless/otp
  http://auth0.com/oauth/legacy/grant-type/access_token
  http://auth0.com/oauth/legacy/grant-type/delegation/id_token
  http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token
  http://auth0.com/oauth/legacy/grant-type/ro http://auth0.com/oauth/legacy/grant-type/ro/jwt-bearer
  urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token
  urn:ietf:params:oauth:grant-type:device_code urn:ietf:params:oauth:grant-type:jwt-bearer
  urn:ietf:params:oauth:grant-type:token-exchange urn:okta:params:oauth:grant-type:webauthn
  urn:openid:params:grant-type:ciba`.split(/\s+/);
