import type { KoaContextWithOIDC } from 'oidc-provider';
import { loggedOutPage, logoutPage, securityHeaders } from '../pages';
import type { TenantContext } from './context';

/**
 * /oidc/logout (OpenID Connect RP-Initiated Logout 1.0, section 2). With an ID token of the very user who is logged in the
 * application has proved who it speaks of, and the session ends at once; without, the user is asked.
 *
 * @param form the library's confirmation form, which carries its token against forged requests.
 */
export async function finishHintedLogout(
  tenant: TenantContext,
  ctx: KoaContextWithOIDC,
  form: string,
): Promise<void> {
  const { session, entities, params, client } = ctx.oidc;
  const hinted = (entities.IdTokenHint as { payload?: { sub?: string } } | undefined)?.payload?.sub;
  if (session && hinted !== undefined && hinted === session.accountId) {
    const returnTo = params?.post_logout_redirect_uri as string | undefined;
    tenant.events.emit({ type: 'logout', client_id: client?.clientId, user_id: hinted, returnTo });
    await session.destroy();
    ctx.oidc.cookies.set(ctx.oidc.provider.cookieName('session'), null, { httpOnly: true, sameSite: 'lax' });
    if (returnTo === undefined) return loggedOut(tenant, ctx);
    const url = new URL(returnTo);
    if (typeof params?.state === 'string') url.searchParams.set('state', params.state);
    ctx.status = 303;
    ctx.redirect(url.href);
    return;
  }
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '';
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? '';
  const application = tenant.snapshot.client(client?.clientId ?? '')?.name;
  const returnTo = params?.post_logout_redirect_uri as string | undefined;
  ctx.type = 'html';
  ctx.set(securityHeaders(returnTo ? [returnTo] : []));
  ctx.body = logoutPage({
    action,
    xsrf,
    ...(application ? { application } : {}),
    tenantOrigin: new URL(tenant.issuer).origin,
  });
}

/** What the user sees after a log-out that leads nowhere else. */
export async function loggedOut(tenant: TenantContext, ctx: KoaContextWithOIDC): Promise<void> {
  const application = tenant.snapshot.client(ctx.oidc.client?.clientId ?? '')?.name;
  ctx.type = 'html';
  ctx.set(securityHeaders([]));
  ctx.body = loggedOutPage({
    ...(application ? { application } : {}),
    tenantOrigin: new URL(tenant.issuer).origin,
  });
}
