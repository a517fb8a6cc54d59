import type { ClientMetadata, Configuration, Provider as ProviderType } from 'oidc-provider';
import { errors, Provider } from '../../lib/oidc-provider';
import { answerPlainErrors } from '../../lib/plain-errors';
import type { Snapshot } from '../config/snapshot';
import { GRANT_TYPES, SIGNING_ALGORITHMS } from '../config/vocabulary';
import type { Keys } from '../keys/key-file';
import { answerAsAuth0, mayRevoke, renderError } from './answers';
import { CLAIMS, dressAccessToken, findAccount } from './claims';
import { CONSENT_IMPLIED, grantForRequest, keepSilent } from './consent';
import type { TenantContext } from './context';
import { reportDecisions } from './decisions';
import { answerForged } from './forge';
import { responseTypes, serveImplicit } from './implicit';
import { ttl } from './lifetimes';
import { endWithoutSession, finishHintedLogout, loggedOut } from './logout';
import { PATHS } from './paths';
import { policy } from './prompts';
import { OIDC_SCOPES, requestedResource, resourceServerInfo, toAudience } from './resources';
import { beforeRefresh, letScriptsChangeTokens } from './scripts';
import { keysByAlgorithm } from './signing-keys';
import { v2Logout } from './v2-logout';

/** oidc-provider, configured as an Auth0 tenant. Its configuration is fixed, so a save makes a new provider over the
 * same store, in about a millisecond. */
export function buildProvider(
  tenant: TenantContext,
  data: Pick<Keys, 'signingKeys' | 'cookieKeys'>,
): ProviderType {
  const provider = new Provider(tenant.issuer, configuration(tenant, data));
  // URLs and Secure cookies follow the issuer: see `presentAsIssuer`.
  provider.proxy = true;
  // Auth0's ID tokens always have `sid`; the library's only with back-channel logout.
  provider.Client.prototype.includeSid = () => true;
  letScriptsChangeTokens(provider, tenant);
  keepSilent(provider);
  serveImplicit(provider);
  answerPlainErrors(provider);
  // Outermost: it changes what is ready to be sent.
  provider.use(answerForged(data.signingKeys));
  provider.use(v2Logout(tenant, provider));
  provider.use(endWithoutSession(tenant));
  provider.use(answerAsAuth0(tenant, provider));
  reportDecisions(provider, tenant);
  // RFC 6749, section 4.1.2: a reused code revokes all its tokens, opaque ones too.
  provider.on('grant.revoked', (ctx, grantId) => {
    if (ctx.oidc.params?.grant_type === 'authorization_code') tenant.store.revokeGrant(grantId);
  });
  return provider;
}

function configuration(
  tenant: TenantContext,
  { signingKeys, cookieKeys }: Pick<Keys, 'signingKeys' | 'cookieKeys'>,
): Configuration {
  const { snapshot, store } = tenant;
  return {
    adapter: (model: string) => store.adapter(model),
    jwks: { keys: keysByAlgorithm(signingKeys, snapshot) },
    clients: snapshot.registrations().map((one) => registration(one, snapshot)),
    routes: PATHS,
    scopes: [...OIDC_SCOPES],
    claims: CLAIMS,
    conformIdTokenClaims: false,
    // A real tenant requires it at both endpoints.
    allowOmittingSingleRegisteredRedirectUri: false,
    responseTypes: responseTypes(GRANT_TYPES),
    // Only what tenant.yaml can configure is published.
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
    enabledJWA: { idTokenSigningAlgValues: [...SIGNING_ALGORITHMS] },
    subjectTypes: ['public'],
    extraParams: {
      audience: null,
      connection: (_ctx, value, client) => mustHaveConnection(client.clientId, value, tenant),
      ...Object.fromEntries(WITHOUT_EFFECT.map((name) => [name, null])),
      [CONSENT_IMPLIED]: null,
    },
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' },
    cookies: {
      keys: cookieKeys,
      names: { session: 'tenant.sid', interaction: 'tenant.interaction', resume: 'tenant.resume' },
      long: { httpOnly: true, sameSite: 'lax', overwrite: true },
      short: { httpOnly: true, sameSite: 'lax', overwrite: true },
    },
    interactions: {
      policy: policy(tenant),
      url: (_ctx, interaction) => `/u/${interaction.prompt.name}/${interaction.uid}`,
    },
    findAccount: (_ctx, id) => findAccount(tenant, id),
    loadExistingGrant: (ctx) => grantForRequest(ctx, tenant),
    issueRefreshToken: async (_ctx, client, source) =>
      issuesRefreshToken(client.clientId, source as { scopes?: Set<string> }, tenant),
    rotateRefreshToken: async (ctx) => {
      // All is validated, and the refresh token is not used up yet.
      await beforeRefresh(ctx, tenant);
      return snapshot.client(ctx.oidc.client?.clientId ?? '')?.refresh_token.rotation_type === 'rotating';
    },
    expiresWithSession: async () => false,
    ttl: ttl(tenant) as Configuration['ttl'],
    clientBasedCORS: () => false,
    fetch: toApplication,
    renderError: (ctx, out, error) => renderError(tenant, ctx, out, error),
    formats: { customizers: { jwt: (ctx, _token, jwt) => dressAccessToken(tenant, ctx, jwt) } },
    features: features(tenant),
  };
}

function registration(
  { client_id, client_secret, client }: ReturnType<Snapshot['registrations']>[number],
  { config }: Snapshot,
): ClientMetadata {
  const [logoutUrl] = client.oidc_logout.backchannel_logout_urls;
  return {
    client_id,
    ...(client_secret === undefined ? {} : { client_secret }),
    client_name: client.name,
    redirect_uris: client.callbacks,
    response_types: client.callbacks.length > 0 ? responseTypes(client.grant_types) : [],
    grant_types: client.grant_types.filter((type) => SERVED.has(type)),
    token_endpoint_auth_method: client.token_endpoint_auth_method,
    post_logout_redirect_uris: [...client.allowed_logout_urls, ...config.tenant.allowed_logout_urls],
    id_token_signed_response_alg: client.jwt_configuration.alg,
    require_pushed_authorization_requests: client.require_pushed_authorization_requests,
    dpop_bound_access_tokens: client.require_proof_of_possession,
    ...(logoutUrl && { backchannel_logout_uri: logoutUrl, backchannel_logout_session_required: true }),
  };
}

const features = (tenant: TenantContext): Configuration['features'] => ({
  devInteractions: { enabled: false },
  backchannelLogout: { enabled: true },
  dPoP: { enabled: true },
  pushedAuthorizationRequests: { enabled: true },
  clientCredentials: { enabled: true },
  revocation: {
    enabled: true,
    allowedPolicy: async (_ctx, client, token) => mayRevoke(tenant, client.clientId, token),
  },
  rpInitiatedLogout: {
    enabled: true,
    logoutSource: (ctx, form) => finishHintedLogout(tenant, ctx, form),
    postLogoutSuccessSource: (ctx) => loggedOut(tenant, ctx),
  },
  resourceIndicators: {
    enabled: true,
    defaultResource: async (ctx, _client, oneOf) => oneOf ?? requestedResource(ctx, tenant) ?? [],
    useGrantedResource: async () => true,
    getResourceServerInfo: async (ctx, resource, client) =>
      resourceServerInfo(ctx, resource, client.clientId, tenant),
  },
});

/** The library uses it for back-channel logouts only, and refuses loopback addresses of strangers. Here the machine's
 * owner registers the applications. */
const toApplication: Configuration['fetch'] = (url, options) => {
  const { dispatcher: _, ...rest } = options as RequestInit & { dispatcher?: unknown };
  return fetch(url, rest);
};

/** @param asked the parameter `connection`. @throws InvalidRequest, in Auth0's words, if it is not enabled. */
function mustHaveConnection(clientId: string, asked: string | undefined, { snapshot }: TenantContext): void {
  const enabled = [
    ...snapshot.databasesOf(clientId),
    ...snapshot.connectionsOf(clientId).map(({ name }) => name),
  ];
  if (enabled.length === 0) throw new errors.InvalidRequest('no connections enabled for the client');
  if (asked === undefined || enabled.includes(asked)) return;
  throw new errors.InvalidRequest(
    snapshot.hasConnection(asked) ? 'the connection was disabled' : 'the connection was not found',
  );
}

/** Parameters of /authorize with a meaning on a real tenant only, listed in docs/real-tenant.md. */
export const WITHOUT_EFFECT = [
  'acr_values',
  'connection_scope',
  'display',
  'invitation',
  'organization',
  'screen_hint',
  'ui_locales',
] as const;

const SERVED: ReadonlySet<string> = new Set(GRANT_TYPES);

/** Needs the application's grant type, the scope and the API's permission. */
function issuesRefreshToken(
  clientId: string,
  source: { scopes?: Set<string>; resource?: string | string[] | undefined },
  { snapshot }: TenantContext,
): boolean {
  const resource = Array.isArray(source.resource) ? source.resource[0] : source.resource;
  const allowed = resource === undefined || snapshot.api(toAudience(resource))?.allow_offline_access === true;
  const granted = snapshot.client(clientId)?.grant_types.includes('refresh_token') === true;
  return allowed && granted && source.scopes?.has('offline_access') === true;
}
