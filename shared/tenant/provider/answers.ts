import type { ErrorOut, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { issuerParts } from '../config/issuer';
import type { Client } from '../config/schema';
import type { Snapshot } from '../config/snapshot';
import { errorPage, FAILED } from '../pages';
import type { TenantContext } from './context';
import { code, reason } from './decisions';
import { notListed, show } from './logout';
import { PATHS } from './paths';

type ProviderError = Error & {
  error?: string | undefined;
  error_detail?: string | undefined;
  error_description?: string | undefined;
};

const TOKEN_PATHS = new Set(['/oauth/token', '/oauth/revoke']);

/** Errors of the back channel: the library's statuses and codes (RFC 6749, section 5.2), Auth0's descriptions.
 * `error_detail`, the precise cause, remains inside. */
export function answerAsAuth0(tenant: TenantContext, provider: Provider) {
  const causes = new WeakMap<KoaContextWithOIDC, ProviderError>();
  const remember = (ctx: KoaContextWithOIDC, error: ProviderError) => {
    causes.set(ctx, error);
  };
  provider.on('grant.error', remember);
  provider.on('revocation.error', remember);
  return async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    // Auth0 answers a GET with 302.
    if (ctx.status === 303 && ctx.method === 'GET' && ctx.path.startsWith(PATHS.authorization))
      ctx.status = 302;
    if (!TOKEN_PATHS.has(ctx.path)) return;
    const caught = causes.get(ctx);
    const body = ctx.body as
      | { error?: string; error_description?: string; refresh_token?: string }
      | undefined;
    // A token that does not rotate is not sent again (RFC 6749, section 6).
    if (body?.refresh_token !== undefined && body.refresh_token === ctx.oidc.params?.refresh_token)
      delete body.refresh_token;
    if (!caught || !body?.error) return;
    if (ctx.path === '/oauth/revoke' && body.error === 'unsupported_token_type') {
      // Auth0 answers 200 for an access token, which remains valid until it expires.
      ctx.status = 200;
      ctx.body = '';
      nothingRevoked(tenant, ctx.oidc.client?.clientId);
      return;
    }
    const description = describe(ctx, caught, tenant);
    ctx.body = { error: code(caught), error_description: description ?? body.error_description };
  };
}

function nothingRevoked({ events }: TenantContext, client_id = ''): void {
  const reason = 'nothing was revoked: an access token lives until it expires';
  events.emit({ type: 'token revoked', client_id, reason });
}

/** RFC 7009, section 2.1: only the application's own refresh tokens. */
export function mayRevoke(
  tenant: TenantContext,
  clientId: string,
  token: { kind: string; clientId?: string | undefined },
): boolean {
  if (token.clientId !== clientId) return false;
  if (token.kind === 'RefreshToken') return true;
  nothingRevoked(tenant, clientId);
  return false;
}

function describe(
  ctx: KoaContextWithOIDC,
  error: ProviderError,
  { store }: TenantContext,
): string | undefined {
  const params = ctx.oidc.params ?? {};
  const why = reason(error);
  if (code(error) === 'unauthorized_client')
    return `Grant type '${params.grant_type}' not allowed for the client.`;
  if (/no client authentication mechanism/.test(why)) return "missing required parameter 'client_id'";
  if (error.error === 'unsupported_grant_type') return `Unsupported grant type: ${params.grant_type}`;
  if (error.error !== 'invalid_grant') return undefined;
  if (params.grant_type === 'refresh_token') return 'Unknown or invalid refresh token.';
  if (/redirect_uri mismatch/.test(why)) {
    const expected = store.peek('AuthorizationCode', String(params.code))?.redirectUri;
    return `The redirect URI is wrong. You sent ${params.redirect_uri}, and we expected ${expected}`;
  }
  if (/code_verifier|code_challenge/.test(why)) return 'Failed to verify code verifier';
  return 'Invalid authorization code';
}

/** For requests whose redirect URI can't be trusted with the error. */
export function renderError(
  tenant: TenantContext,
  ctx: KoaContextWithOIDC,
  out: ErrorOut,
  error: Error,
): void {
  const params = ctx.oidc?.params ?? ctx.query ?? {};
  const page = explain(tenant, out, error, params as Record<string, unknown>, ctx);
  const tenantOrigin = issuerParts(tenant.issuer).origin;
  show(ctx, errorPage({ ...page, tenantOrigin, code: out.error }));
}

const callbackMismatch = ({ name, callbacks }: Client) => ({
  title: 'Callback URL mismatch',
  explanation: `The application ${name} asked to be called back at a URL that is not in its list of allowed callback URLs, so nothing was sent there.`,
  expected: { label: 'Allowed callback URLs', values: callbacks },
  next: 'Add the URL that was sent to the application’s callbacks in tenant.yaml, or send one that is listed. They are compared letter by letter: localhost and 127.0.0.1 differ, and so does a final slash.',
});

const unknownClient = (snapshot: Snapshot) => ({
  title: 'Unknown client',
  explanation: 'No application with this client ID is registered at this tenant.',
  expected: {
    label: 'Registered client IDs',
    values: [...snapshot.clients()].map(([id, { name }]) => `${id} (${name})`),
  },
  next: 'Register the application under clients in tenant.yaml, or set CLIENT_ID to the ID of one that is registered. An API’s identifier is not a client ID.',
});

const LOGIN_ENDED = {
  title: 'This login is no longer open',
  explanation:
    'It took too long, it was finished in another tab, the tenant was restarted, or its cookie is missing.',
  next: 'Go back to the application and log in again.',
};

function explain(
  tenant: TenantContext,
  out: ErrorOut,
  error: Error,
  params: Record<string, unknown>,
  { status, oidc }: KoaContextWithOIDC,
): Omit<Parameters<typeof errorPage>[0], 'tenantOrigin'> {
  const clientId = typeof params.client_id === 'string' ? params.client_id : undefined;
  const client = clientId === undefined ? undefined : tenant.snapshot.client(clientId);
  const sent = ['client_id', 'redirect_uri', 'response_type', 'scope', 'audience', 'response_mode']
    .filter((name) => typeof params[name] === 'string')
    .map((name) => ({ label: name, value: String(params[name]) }));
  if (out.error === 'invalid_redirect_uri' && client)
    return { status, facts: sent, ...callbackMismatch(client) };
  if (/post_logout_redirect_uri not registered/.test(reason(error)))
    return notListed(
      tenant,
      {
        parameter: 'post_logout_redirect_uri',
        url: String(params.post_logout_redirect_uri),
        clientId: oidc.client?.clientId,
      },
      [...(oidc.client?.postLogoutRedirectUris ?? [])],
    );
  if (clientId !== undefined && !client) return { status, facts: sent, ...unknownClient(tenant.snapshot) };
  if (/expired|not found|mismatch/.test(reason(error)) && status < 500 && clientId === undefined)
    return { status, facts: sent, ...LOGIN_ENDED };
  if (status >= 500)
    return { status, ...FAILED, facts: sent, next: 'Try again. If the error remains, restart the tenant.' };
  return {
    status,
    title: 'The request cannot be answered',
    explanation: out.error_description ?? out.error,
    facts: sent,
    next: 'Compare what was sent with what /authorize expects: client_id, redirect_uri, response_type=code.',
  };
}
