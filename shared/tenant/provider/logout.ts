import type { KoaContextWithOIDC, Provider, Session } from 'oidc-provider';
import { issuerParts } from '../config/issuer';
import { type ErrorPage, loggedOutPage, logoutPage, securityHeaders } from '../pages';
import type { TenantContext } from './context';
import { PATHS } from './paths';

/** /oidc/logout (RP-Initiated Logout 1.0, section 2) ends the session at once with the user's ID token, or its `sid`
 * as `logout_hint`; otherwise the user confirms. @param form the library's form, with its CSRF token. */
export async function finishHintedLogout(
  tenant: TenantContext,
  ctx: KoaContextWithOIDC,
  form: string,
): Promise<void> {
  const { params, client } = ctx.oidc;
  if (namesSession(ctx)) return goOn(tenant, ctx, await endSession(ctx));
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(form)?.[1] ?? '';
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? '';
  const application = tenant.snapshot.client(client?.clientId ?? '')?.name;
  const returnTo = params?.post_logout_redirect_uri as string | undefined;
  const tenantOrigin = issuerParts(tenant.issuer).origin;
  show(ctx, logoutPage({ action, xsrf, application, tenantOrigin }), returnTo ? [returnTo] : []);
}

/** Answers with a page. @param formTargets see `securityHeaders`. */
export function show(ctx: KoaContextWithOIDC, html: string, formTargets: string[] = []): void {
  ctx.type = 'html';
  ctx.set(securityHeaders(formTargets));
  ctx.body = html;
}

/** Nothing to confirm without a session. The library's page submits itself by a script, which the tenant's pages
 * forbid. */
export function endWithoutSession(tenant: TenantContext) {
  const finish = async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const { route, session } = ctx.oidc ?? {};
    if (route === 'end_session' && ctx.status === 200 && !session?.accountId)
      await goOn(tenant, ctx, undefined);
  };
  // Other requests need no further promise: each costs, and every login has nine requests.
  return (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> =>
    ctx.path === PATHS.end_session ? finish(ctx, next) : next();
}

/** @param sent the parameter with the URL. @param allowed the list that lacks it. */
export function notListed(
  { snapshot }: TenantContext,
  sent: { parameter: 'returnTo' | 'post_logout_redirect_uri'; url: string; clientId: string | undefined },
  allowed: string[],
): Omit<ErrorPage, 'tenantOrigin' | 'code'> {
  const { parameter, url, clientId } = sent;
  const client = clientId === undefined ? undefined : snapshot.client(clientId);
  return {
    status: 400,
    title: 'Logout URL mismatch',
    explanation:
      'Nothing has been ended here: the URL to return to after the logout is not in the list of allowed ones.',
    facts: [{ label: parameter, value: url }, ...(clientId ? [{ label: 'client_id', value: clientId }] : [])],
    expected: {
      label: client ? `Allowed logout URLs of ${client.name}` : 'Allowed logout URLs of the tenant',
      values: allowed,
    },
    next: client
      ? 'Add the URL to allowed_logout_urls of the application in tenant.yaml.'
      : 'Send client_id, so that the application’s list counts, or add the URL to the tenant’s allowed_logout_urls.',
  };
}

/** Redirects to the URL that the library found listed. */
async function goOn(
  tenant: TenantContext,
  ctx: KoaContextWithOIDC,
  user_id: string | undefined,
): Promise<void> {
  const { params, client } = ctx.oidc;
  const returnTo = params?.post_logout_redirect_uri as string | undefined;
  tenant.events.emit({ type: 'logout', client_id: client?.clientId, user_id, returnTo });
  if (returnTo === undefined) return loggedOut(tenant, ctx);
  const url = new URL(returnTo);
  if (typeof params?.state === 'string') url.searchParams.set('state', params.state);
  ctx.status = 303;
  ctx.redirect(url.href);
}

export async function loggedOut(tenant: TenantContext, ctx: KoaContextWithOIDC): Promise<void> {
  const application = tenant.snapshot.client(ctx.oidc.client?.clientId ?? '')?.name;
  show(ctx, loggedOutPage({ application, tenantOrigin: issuerParts(tenant.issuer).origin }));
}

/** By its user's ID token, or by its `sid` as Auth0's logout_hint. */
function namesSession({ oidc }: KoaContextWithOIDC): boolean {
  const { session, entities, params } = oidc;
  if (!session?.accountId) return false;
  const hinted = (entities.IdTokenHint as { payload?: { sub?: string } } | undefined)?.payload?.sub;
  if (hinted !== undefined) return hinted === session.accountId;
  const sids = Object.keys(session.authorizations ?? {}).map((clientId) => session.sidFor(clientId));
  return typeof params?.logout_hint === 'string' && sids.includes(params.logout_hint);
}

/** Ends this browser's session and notifies applications (Back-Channel Logout 1.0, section 2.5); their own sessions
 * and refresh tokens remain. @returns the session's user. */
export async function endSession(ctx: KoaContextWithOIDC): Promise<string | undefined> {
  const { session, provider, cookies } = ctx.oidc;
  const user = session?.accountId;
  if (session && user) {
    await notifyApplications(provider, session, user);
    await session.destroy();
  }
  cookies.set(provider.cookieName('session'), null, { httpOnly: true, sameSite: 'lax' });
  return user;
}

/** Prepares a session for another user: the library would show its own pages to log out the first one.
 * @param uid of the session in which the login began. */
export async function leaveToOther(provider: Provider, uid: string, userId: string): Promise<void> {
  const session = await provider.Session.findByUid(uid);
  const before = session?.accountId;
  if (!session || before === undefined || before === userId) return;
  await notifyApplications(provider, session, before);
  for (const name of ['accountId', 'loginTs', 'acr', 'amr', 'authorizations'] as const) delete session[name];
  await session.save(session.remainingTTL);
}

/** Like the library after a confirmed logout, with the same events: see `reportDecisions`. */
async function notifyApplications(provider: Provider, session: Session, accountId: string): Promise<void> {
  const ids = Object.keys(session.authorizations ?? {});
  await Promise.all(
    ids.map(async (clientId) => {
      const client = await provider.Client.find(clientId);
      const sid = session.sidFor(clientId);
      if (!client?.backchannelLogoutUri || !sid) return;
      // Missing in the library's types.
      const send = client.backchannelLogout as (sub: string, sid: string) => Promise<void>;
      const ctx = undefined as never;
      await send.call(client, accountId, sid).then(
        () => provider.emit('backchannel.success', ctx, client, accountId, sid),
        (error: Error) => provider.emit('backchannel.error', ctx, error, client, accountId, sid),
      );
    }),
  );
}
