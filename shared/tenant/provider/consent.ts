import type { Grant, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { interactionPolicy } from '../../lib/oidc-provider';
import type { TenantContext } from './context';
import { toAudience } from './resources';

/** The request parameter in which the tenant notes that it, not the application, wants prompt=consent, and what the
 * application sent: "prompt=none". */
export const CONSENT_IMPLIED = 'consent_implied';

/** What the application sent as `prompt`, word by word. */
export function askedPrompts(params: Record<string, unknown> | undefined): string[] {
  const implied = params?.[CONSENT_IMPLIED];
  const sent = typeof implied === 'string' ? implied.replace(/^prompt=/, '') : params?.prompt;
  return typeof sent === 'string' ? sent.split(' ').filter(Boolean) : [];
}

/** A request's parameters as the application sent them, without the tenant's own note. */
export function asSent(params: Record<string, unknown> | undefined): Record<string, unknown> {
  const { [CONSENT_IMPLIED]: _, ...sent } = params ?? {};
  const prompt = askedPrompts(params).join(' ');
  if (prompt) sent.prompt = prompt;
  else delete sent.prompt;
  return sent;
}

/** An authorization request with prompt=none that wants offline_access is, for the library, one with prompt=consent:
 * it stays silent all the same. */
export function keepSilent(provider: Provider): void {
  const { OIDCContext } = provider as unknown as {
    OIDCContext: { prototype: KoaContextWithOIDC['oidc'] & { promptPending(name: string): boolean } };
  };
  const { promptPending } = OIDCContext.prototype;
  OIDCContext.prototype.promptPending = function (name) {
    if (name === 'none' && askedPrompts(this.params).includes('none')) return true;
    return promptPending.call(this, name);
  };
}

/** What one authorization request asks for, reduced to what the tenant defines. */
export function requestedGrant(ctx: KoaContextWithOIDC): {
  oidcScopes: string[];
  resource: string | undefined;
  audience: string | undefined;
  apiScopes: string[];
} {
  const [resource, server] = Object.entries(ctx.oidc.resourceServers ?? {})[0] ?? [];
  const apiScopes = server
    ? [...ctx.oidc.requestParamScopes].filter((scope) => server.scopes.has(scope))
    : [];
  return {
    oidcScopes: [...ctx.oidc.requestParamOIDCScopes],
    resource,
    audience: resource === undefined ? undefined : toAudience(resource),
    apiScopes,
  };
}

/** A fresh grant for every authorization, so that ending one login (a replayed code, a reused refresh token) never
 * ends another login of the same browser. Without consent there is none, and the consent page comes. */
export async function grantForRequest(
  ctx: KoaContextWithOIDC,
  tenant: TenantContext,
): Promise<Grant | undefined> {
  const { account, client, provider, result } = ctx.oidc;
  if (!account || !client) return undefined;
  if (ctx.oidc.prompts.has('login') && !result?.login) return undefined;
  const { oidcScopes, resource, audience, apiScopes } = requestedGrant(ctx);
  const scopes = [...new Set([...oidcScopes, ...apiScopes])];
  const consented =
    (!asksForConsent(ctx) && skipsConsent(client.clientId, audience, tenant)) ||
    tenant.consents.allows(account.accountId, client.clientId, audience, scopes);
  if (!consented || (asksForConsent(ctx) && !result?.consent)) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: account.accountId });
  if (oidcScopes.length > 0) grant.addOIDCScope(oidcScopes.join(' '));
  if (resource !== undefined && apiScopes.length > 0) grant.addResourceScope(resource, apiScopes.join(' '));
  await grant.save();
  return grant;
}

function asksForConsent({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.prompts.has('consent') && !oidc.params?.[CONSENT_IMPLIED];
}

/** First-party applications may skip the consent page where the API says so, but only when their callback is
 * verifiable: anything on this machine can listen on localhost, so there the user is always asked once. */
function skipsConsent(clientId: string, audience: string | undefined, { snapshot }: TenantContext): boolean {
  const client = snapshot.client(clientId);
  if (!client?.is_first_party) return false;
  const verifiable = client.callbacks.every((callback) => {
    const { hostname } = new URL(callback);
    return !['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  });
  if (!verifiable) return false;
  return (
    audience === undefined || snapshot.api(audience)?.skip_consent_for_verifiable_first_party_clients === true
  );
}

/** The library's login and consent prompts, with consent judged by `grantForRequest` above. */
export function policy() {
  const { Check, base } = interactionPolicy;
  const prompts = base();
  prompts
    .get('login')
    ?.checks.add(
      new Check(
        'account_gone',
        'the user of this session was deleted or blocked since',
        'login_required',
        ({ oidc }) => oidc.session?.accountId !== undefined && !oidc.account,
      ),
    );
  const consent = prompts.get('consent');
  // An implied prompt=consent (see CONSENT_IMPLIED) must not show the page by itself.
  consent?.checks.remove('consent_prompt');
  consent?.checks.add(
    new Check(
      'consent_asked',
      'consent was asked for by prompt=consent',
      'consent_required',
      (ctx) => asksForConsent(ctx) && !ctx.oidc.result?.consent,
    ),
  );
  for (const reason of ['op_scopes_missing', 'rs_scopes_missing']) {
    const check = consent?.checks.get(reason);
    if (check) check.error = 'consent_required';
  }
  return prompts;
}
