/**
 * Types of Auth0's Actions, as far as the local tenant has them, so that an editor completes `event` and `api`. The file stands alone,
 * beside your Actions: write
 * `@type {import('./auth0-actions').PostLoginAction}` in a comment above `exports.onExecutePostLogin`.
 *
 * Where a real tenant has more, a note says so. Auth0's own reference: auth0.com/docs/customize/actions.
 */

/** Anything that JSON can say. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Metadata: what your code may rely on of it is up to you. */
// biome-ignore lint/suspicious/noExplicitAny: Auth0 types metadata this way, and a learner's editor should not argue about it.
export type Metadata = Record<string, any>;

/** `exports.onExecutePostLogin` and `exports.onContinuePostLogin`. */
export type PostLoginAction = (event: PostLoginEvent, api: PostLoginAPI) => Promise<void> | void;

/** `exports.onExecuteCredentialsExchange`. */
export type CredentialsExchangeAction = (
  event: CredentialsExchangeEvent,
  api: CredentialsExchangeAPI,
) => Promise<void> | void;

/** Who logs in, where and how. A change of it changes nothing; that is what `api` is for. */
export interface PostLoginEvent {
  /** The application that asked for the login. */
  client: Client;
  /** The connection by which the user logged in. */
  connection: {
    id: string;
    /** E.g. Username-Password-Authentication. */
    name: string;
    /** auth0 for a database, google-oauth2, oauth2, samlp, … */
    strategy: string;
  };
  user: User;
  /** What the tenant knows of the user's rights. */
  authorization: {
    /** The names of the user's roles. */
    roles: string[];
  };
  request: Request;
  /** The API that is asked for; absent when no audience was sent and the tenant has no default one. */
  resource_server?: { identifier: string };
  transaction: Transaction;
  /** How the user authenticated, in this session. */
  authentication: {
    methods: {
      /** pwd: a password. federated: another provider. */
      name: string;
      /** ISO 8601. */
      timestamp: string;
    }[];
  };
  /** The tenant's session; it begins at the login and is shared by all applications. */
  session?: { id: string };
  stats: {
    /** How often the user has logged in, this time included. Refreshes and silent logins do not count. */
    logins_count: number;
  };
  tenant: { id: string };
  /** The Action's secrets in tenant.yaml. */
  secrets: Record<string, string>;
  /** At a refresh: the token that is used. A real tenant has it for enterprise customers only. */
  refresh_token?: {
    client_id?: string;
    session_id?: string;
    /** ISO 8601: when its family began. */
    created_at?: string;
    /** ISO 8601. */
    expires_at?: string;
  };
}

export interface Client {
  client_id: string;
  name: string;
  /** client_metadata in tenant.yaml. */
  metadata: Metadata;
}

/** The user's profile, as it is now. */
export interface User {
  /** The value of `sub`, e.g. auth0|… */
  user_id: string;
  /** Absent when the connection has none. */
  email?: string;
  email_verified: boolean;
  username?: string;
  name: string;
  nickname: string;
  picture: string;
  given_name?: string;
  family_name?: string;
  /** What decides about the user, e.g. a role; the user cannot change it. */
  app_metadata: Metadata;
  /** What the user may change, e.g. a preferred language. */
  user_metadata: Metadata;
  /** Each way in which the user logs in. */
  identities: { connection: string; provider: string; user_id: string; isSocial: boolean }[];
  /** ISO 8601, as the next one. */
  created_at: string;
  updated_at: string;
  last_ip?: string;
  /** What else the connection reports, e.g. a SAML attribute that no fieldsMap names. */
  // biome-ignore lint/suspicious/noExplicitAny: nobody knows the types of what a connection reports.
  [attribute: string]: any;
}

/** The HTTP request of the login; after a redirect the one to /continue. */
export interface Request {
  ip: string;
  method: string;
  /** Of the tenant, with its port: localhost:4001. */
  hostname: string;
  /** The parameters of /authorize, with those of /continue after a redirect. */
  query: Record<string, string>;
  /** What was posted to /continue or, at a refresh, to /oauth/token, without what proves who the application is. */
  body: Record<string, string>;
  user_agent: string;
  /** The browser's first language. */
  language?: string;
  /** Always empty here: nothing knows where an address of your machine is. A real tenant fills it. */
  geoip: Metadata;
}

export interface Transaction {
  /** oauth2-refresh-token at a refresh. */
  protocol: 'oidc-basic-profile' | 'oauth2-refresh-token';
  /** Every scope that was asked for, whether or not it will be granted. */
  requested_scopes: string[];
  redirect_uri?: string;
  response_type: string[];
  response_mode?: string;
  state?: string;
  /** What the application sent, e.g. ["none"] for a silent login. */
  prompt: string[];
  acr_values: string[];
  login_hint?: string;
  ui_locales: string[];
  locale: string;
}

/** What an Action may change. All of it happens when the Action has ended. */
export interface PostLoginAPI {
  access: {
    /** Refuses the login. No later Action runs; what this one did to metadata remains. */
    deny(reason: string): PostLoginAPI;
  };
  accessToken: {
    /**
     * @param name a URL in a namespace of yours. Reserved names are left out of the token.
     * @param value undefined takes the claim back.
     */
    setCustomClaim(name: string, value: Json | undefined): PostLoginAPI;
    /** Grants a scope, whatever the user's roles permit. */
    addScope(scope: string): PostLoginAPI;
    removeScope(scope: string): PostLoginAPI;
  };
  idToken: {
    /** As for the access token. /userinfo has the claim as well. */
    setCustomClaim(name: string, value: Json | undefined): PostLoginAPI;
  };
  user: {
    /** @param value null takes the key away. */
    setAppMetadata(key: string, value: Json): PostLoginAPI;
    /** @param value null takes the key away. */
    setUserMetadata(key: string, value: Json): PostLoginAPI;
  };
  redirect: {
    /**
     * Sends the user to another page before the login goes on. That page gets `state`, and sends the user back to
     * /continue?state=…, where onContinuePostLogin of the same Action runs. Not possible at a refresh, nor with prompt=none.
     */
    sendUserTo(url: string, options?: { query?: Record<string, string> }): PostLoginAPI;
    /** Signs what the other page should be able to trust: a JWT with HS256. */
    encodeToken(options: {
      secret: string;
      /** Default: 900. */
      expiresInSeconds?: number;
      payload: { [claim: string]: Json };
    }): string;
    /**
     * Checks the token that the other page sent back; its claim `state` must be the state of /continue.
     *
     * @throws Error which says what is wrong with it.
     */
    validateToken(options: {
      secret: string;
      /** Default: session_token. */
      tokenParameterName?: string;
      // biome-ignore lint/suspicious/noExplicitAny: the other page decides what is in it.
    }): Record<string, any>;
  };
}

/** An application asks for a token for itself (client_credentials). */
export interface CredentialsExchangeEvent {
  client: Client;
  request: Request;
  resource_server?: { identifier: string };
  transaction: { requested_scopes: string[] };
  /** The token as it would be issued. */
  accessToken: { customClaims: Metadata; scope: string[] };
  tenant: { id: string };
  secrets: Record<string, string>;
}

export interface CredentialsExchangeAPI {
  access: {
    deny(code: 'invalid_scope' | 'invalid_request' | 'server_error', reason?: string): CredentialsExchangeAPI;
  };
  accessToken: {
    /** @param name a URL in a namespace of yours. Reserved names are left out of the token. */
    setCustomClaim(name: string, value: Json | undefined): CredentialsExchangeAPI;
  };
}
