import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { openSession } from '../../lib/oidc-provider';
import { issuerParts } from '../config/issuer';
import { errorPage, loggedOutPage, securityHeaders } from '../pages';
import type { TenantContext } from './context';
import { endSession, notListed, show } from './logout';

/** GET /v2/logout?client_id&returnTo, Auth0's older logout: ends the tenant's session only. `returnTo` must be listed
 * exactly, in the application's allowed_logout_urls, or in the tenant's without client_id. */
export function v2Logout(tenant: TenantContext, provider: Provider) {
  const logout = async (ctx: KoaContextWithOIDC): Promise<void> => {
    const one = (value: string | string[] | undefined) =>
      (Array.isArray(value) ? value[0] : value) || undefined;
    const client_id = one(ctx.query.client_id);
    const returnTo = one(ctx.query.returnTo);
    const client = client_id === undefined ? undefined : tenant.snapshot.client(client_id);
    const allowed = client?.allowed_logout_urls ?? tenant.snapshot.config.tenant.allowed_logout_urls;
    const tenantOrigin = issuerParts(tenant.issuer).origin;
    if (returnTo !== undefined && !allowed.includes(returnTo)) {
      tenant.events.emit({ type: 'logout refused', client_id, reason: `returnTo ${returnTo} is not listed` });
      ctx.status = 400;
      const sent = { parameter: 'returnTo' as const, url: returnTo, clientId: client_id };
      return show(ctx, errorPage({ ...notListed(tenant, sent, allowed), tenantOrigin }));
    }
    await openSession(provider, ctx);
    const user_id = await endSession(ctx);
    tenant.events.emit({ type: 'logout', client_id, user_id, returnTo });
    if (returnTo !== undefined) {
      ctx.set(securityHeaders([]));
      ctx.status = 302;
      ctx.redirect(returnTo);
      return;
    }
    show(ctx, loggedOutPage({ application: client?.name, tenantOrigin }));
  };
  return (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> =>
    ctx.path === '/v2/logout' && ctx.method === 'GET' ? logout(ctx) : next();
}
