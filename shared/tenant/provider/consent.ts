import type { Grant, KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { TenantContext } from './context';
import { toAudience } from './resources';

/** Marks a request where the tenant, not the application, added prompt=consent; has the original: "prompt=none". */
export const CONSENT_IMPLIED = 'consent_implied';

/** `prompt` as the application sent it. */
export function askedPrompts(params: Record<string, unknown> | undefined): string[] {
  const implied = params?.[CONSENT_IMPLIED];
  const sent = typeof implied === 'string' ? implied.replace(/^prompt=/, '') : params?.prompt;
  return typeof sent === 'string' ? sent.split(' ').filter(Boolean) : [];
}

/** Without the tenant's changes. */
export function asSent(params: Record<string, unknown> | undefined): Record<string, unknown> {
  const { [CONSENT_IMPLIED]: _, ...sent } = params ?? {};
  const prompt = askedPrompts(params).join(' ');
  if (prompt) sent.prompt = prompt;
  else delete sent.prompt;
  return sent;
}

/** prompt=none with offline_access becomes prompt=consent for the library; it must remain silent. */
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

/** What the request asks for and the tenant defines. */
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

/** A new grant for each authorization: revoking one login's grant never ends another.
 * Without consent there is none, so the consent page follows. */
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

export function asksForConsent({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.prompts.has('consent') && !oidc.params?.[CONSENT_IMPLIED];
}

/** First-party applications skip consent if the API allows it and their callback is verifiable: on localhost anything
 * can listen, so the user is asked once. */
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
