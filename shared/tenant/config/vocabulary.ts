import { z } from 'zod';

/** Known to Auth0 and read by nobody here: a file exported from a real tenant is taken as it is. */
export const later = z.unknown().optional();
/** The same where Auth0 has a text: a whole section that stands too deep is a mistake. */
export const laterText = z
  .unknown()
  .refine((value) => value === null || typeof value !== 'object', 'must be a string')
  .optional();
/** Would make the tenant stricter than this one can be: better refused than believed to be in force. */
export const notHere = z
  .unknown()
  .refine(
    (value) => value === undefined || value === null || value === false,
    'is not supported by the local tenant; leave it out',
  )
  .optional();
/** The same of what says itself whether it is wanted, as `required`. */
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
/** Auth0's null says what the absence of a setting says. */
export const nullAsAbsent = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === null ? undefined : value), schema);

/** Auth0's algorithms for tokens (Management API, SigningAlgorithmEnum). */
export const SIGNING_ALGORITHMS = ['RS256', 'PS256', 'RS512', 'HS256'] as const;

/** The kinds of applications that the tenant knows, and those of a real tenant, which mean nothing here. */
export const APP_TYPES = ['regular_web', 'spa', 'native', 'non_interactive'] as const;
export const OTHER_APP_TYPES = [
  'box',
  'cloudbees',
  'concur',
  'dropbox',
  'echosign',
  'egnyte',
  'express_configuration',
  'mscrm',
  'newrelic',
  'oag',
  'office365',
  'resource_server',
  'rms',
  'salesforce',
  'sentry',
  'sharepoint',
  'slack',
  'springcm',
  'sso_integration',
  'zendesk',
  'zoom',
] as const;

/** The grant types that the tenant serves. */
export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials', 'implicit'] as const;
/** Those that only a real tenant serves. */
export const OTHER_GRANT_TYPES = [
  'password',
  'http://auth0.com/oauth/grant-type/mfa-oob',
  'http://auth0.com/oauth/grant-type/mfa-otp',
  'http://auth0.com/oauth/grant-type/mfa-recovery-code',
  'http://auth0.com/oauth/grant-type/password-realm',
  'http://auth0.com/oauth/grant-type/passwordless/otp',
  'http://auth0.com/oauth/legacy/grant-type/access_token',
  'http://auth0.com/oauth/legacy/grant-type/delegation/id_token',
  'http://auth0.com/oauth/legacy/grant-type/delegation/refresh_token',
  'http://auth0.com/oauth/legacy/grant-type/ro',
  'http://auth0.com/oauth/legacy/grant-type/ro/jwt-bearer',
  'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:okta:params:oauth:grant-type:webauthn',
  'urn:openid:params:grant-type:ciba',
] as const;
