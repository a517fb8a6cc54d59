import type { KoaContextWithOIDC, Provider, Session } from 'oidc-provider';
import { issuerParts } from '../config/issuer';
import { type ErrorPage, loggedOutPage, logoutPage, securityHeaders } from '../pages';
import type { TenantContext } from './context';
import { PATHS } from './paths';

/**
 * /oidc/logout (OpenID Connect RP-Initiated Logout 1.0, section 2). With an ID token of the very user who is logged in, or with the
 * session's `sid` as `logout_hint`, the application has proved which session it speaks of, and it ends at once; without, the user is
 * asked.
 *
 * @param form the library's confirmation form, which carries its token against forged requests.
 */
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
  ctx.type = 'html';
  ctx.set(securityHeaders(returnTo ? [returnTo] : []));
  ctx.body = logoutPage({
    action,
    xsrf,
    ...(application ? { application } : {}),
    tenantOrigin: issuerParts(tenant.issuer).origin,
  });
}

/** Where nobody is logged in, there is nothing to confirm. The library would show a page that submits itself, with a
 * script that the tenant's pages forbid. */
export function endWithoutSession(tenant: TenantContext) {
  const finish = async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
    await next();
    const { route, session } = ctx.oidc ?? {};
    if (route === 'end_session' && ctx.status === 200 && !session?.accountId)
      await goOn(tenant, ctx, undefined);
  };
  // Other requests take no further promise: each costs, and every login has nine requests.
  return (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> =>
    ctx.path === PATHS.end_session ? finish(ctx, next) : next();
}

/** What the tenant's page says of a URL to which nobody may be sent after a logout.
 * @param sent the parameter that held it. @param allowed the list in which it was looked for. */
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

/** After the end of a session: back to the application, where it said so and the library found the URL listed. */
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

/** What the user sees after a logout that leads nowhere else. */
export async function loggedOut(tenant: TenantContext, ctx: KoaContextWithOIDC): Promise<void> {
  const application = tenant.snapshot.client(ctx.oidc.client?.clientId ?? '')?.name;
  ctx.type = 'html';
  ctx.set(securityHeaders([]));
  ctx.body = loggedOutPage({
    ...(application ? { application } : {}),
    tenantOrigin: issuerParts(tenant.issuer).origin,
  });
}

/** Whether the request names the session of this browser: by its user's ID token, or by its `sid`, as Auth0's
 * logout_hint is. */
function namesSession({ oidc }: KoaContextWithOIDC): boolean {
  const { session, entities, params } = oidc;
  if (!session?.accountId) return false;
  const hinted = (entities.IdTokenHint as { payload?: { sub?: string } } | undefined)?.payload?.sub;
  if (hinted !== undefined) return hinted === session.accountId;
  const sids = Object.keys(session.authorizations ?? {}).map((clientId) => session.sidFor(clientId));
  return typeof params?.logout_hint === 'string' && sids.includes(params.logout_hint);
}

/**
 * Ends the tenant's session of this browser and tells the applications that want to know (OpenID Connect Back-Channel Logout 1.0,
 * section 2.5). The applications' own sessions and refresh tokens live on unless they act on it.
 *
 * @returns the user whose session it was.
 */
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

/** Makes room in a browser's session for another user who logs in: the library would lead the browser over pages of
 * its own to log the first one out. @param uid of the session in which the login began. */
export async function leaveToOther(provider: Provider, uid: string, userId: string): Promise<void> {
  const session = await provider.Session.findByUid(uid);
  const before = session?.accountId;
  if (!session || before === undefined || before === userId) return;
  await notifyApplications(provider, session, before);
  for (const name of ['accountId', 'loginTs', 'acr', 'amr', 'authorizations'] as const) delete session[name];
  await session.save(session.remainingTTL);
}

/** As the library does it where a user confirmed the logout: the same event says how it went, see `reportDecisions`.
 *  */
async function notifyApplications(provider: Provider, session: Session, accountId: string): Promise<void> {
  const ids = Object.keys(session.authorizations ?? {});
  await Promise.all(
    ids.map(async (clientId) => {
      const client = await provider.Client.find(clientId);
      const sid = session.sidFor(clientId);
      if (!client?.backchannelLogoutUri || !sid) return;
      // The types of the library do not name it.
      const send = client.backchannelLogout as (sub: string, sid: string) => Promise<void>;
      const ctx = undefined as never;
      await send.call(client, accountId, sid).then(
        () => provider.emit('backchannel.success', ctx, client, accountId, sid),
        (error: Error) => provider.emit('backchannel.error', ctx, error, client, accountId, sid),
      );
    }),
  );
}
