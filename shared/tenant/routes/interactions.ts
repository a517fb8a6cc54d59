import express, { type Request, type Response, type Router } from 'express';
import type { Provider } from 'oidc-provider';
import { consentPage, errorPage, loginPage, securityHeaders } from '../pages';
import { verifyPassword } from '../passwords';
import type { TenantContext } from '../provider/context';
import { errors } from '../provider/library';
import { toAudience } from '../provider/resources';

type Details = Awaited<ReturnType<Provider['interactionDetails']>>;

/** The log-in and consent pages: what a person sees between /authorize and the application's callback. */
export function interactionRoutes(current: () => { tenant: TenantContext; provider: Provider }): Router {
  const router = express.Router();
  router.use('/u', express.urlencoded({ extended: false, limit: '8kb' }));

  const page =
    (
      name: 'login' | 'consent',
      handle: (
        req: Request,
        res: Response,
        details: Details,
        now: ReturnType<typeof current>,
      ) => Promise<void> | void,
    ) =>
    async (req: Request, res: Response) => {
      const now = current();
      let details: Details;
      try {
        details = await now.provider.interactionDetails(req, res);
      } catch (error) {
        if (!(error instanceof errors.SessionNotFound)) throw error;
        return noLongerOpen(res, now.tenant);
      }
      if (details.prompt.name !== name || details.uid !== req.params.uid)
        return noLongerOpen(res, now.tenant);
      await handle(req, res, details, now);
    };

  router.get(
    '/u/login/:uid',
    page('login', (_req, res, details, { tenant }) => {
      const hint = details.params.login_hint;
      showLogin(res, tenant, details, typeof hint === 'string' ? { email: hint } : {});
    }),
  );
  router.post('/u/login/:uid', page('login', logIn));
  router.get(
    '/u/consent/:uid',
    page('consent', (_req, res, details, { tenant }) => showConsent(res, tenant, details)),
  );
  router.post('/u/consent/:uid', page('consent', consent));
  return router;
}

async function logIn(
  req: Request,
  res: Response,
  details: Details,
  { tenant, provider }: { tenant: TenantContext; provider: Provider },
): Promise<void> {
  const { email, password, decision } = fields(req.body);
  const client_id = String(details.params.client_id);
  if (decision === 'cancel') {
    const result = { error: 'access_denied', error_description: 'User cancelled the log-in' };
    return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
  }
  if (!email || !password)
    return showLogin(res, tenant, details, { email: email ?? '', error: 'missing' }, 400);
  const user = tenant.snapshot.users.findByEmail(email);
  // An unknown user costs as much time as a known one, so that neither the page nor the clock tells them apart.
  const right = await verifyPassword(user, password);
  if (!user || !right || user.blocked) {
    const reason = !user ? 'unknown user' : !right ? 'wrong password' : 'blocked user';
    tenant.events.emit({ type: 'login refused', client_id, reason });
    const error = reason === 'blocked user' ? 'blocked' : 'credentials';
    return showLogin(res, tenant, details, { email, error }, 401);
  }
  const connection = tenant.snapshot.config.databases[0]?.name ?? 'Username-Password-Authentication';
  tenant.events.emit({ type: 'login ok', client_id, user_id: user.user_id, connection });
  await provider.interactionFinished(
    req,
    res,
    { login: { accountId: user.user_id, amr: ['pwd'] } },
    { mergeWithLastSubmission: false },
  );
}

async function consent(
  req: Request,
  res: Response,
  details: Details,
  { tenant, provider }: { tenant: TenantContext; provider: Provider },
): Promise<void> {
  const { decision } = fields(req.body);
  const client_id = String(details.params.client_id);
  const user_id = String(details.session?.accountId);
  if (decision !== 'accept' && decision !== 'decline') return showConsent(res, tenant, details, 400);
  if (decision === 'decline') {
    tenant.events.emit({ type: 'consent declined', client_id, user_id });
    const result = { error: 'access_denied', error_description: 'User did not authorize the request' };
    return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
  }
  const { audience, scopes } = asked(tenant, details);
  tenant.consents.give(user_id, client_id, audience, scopes);
  tenant.events.emit({ type: 'consent given', client_id, user_id, scope: scopes, audience });
  await provider.interactionFinished(req, res, { consent: {} }, { mergeWithLastSubmission: true });
}

function showLogin(
  res: Response,
  tenant: TenantContext,
  details: Details,
  state: { email?: string; error?: 'credentials' | 'blocked' | 'missing' },
  status = 200,
): void {
  const redirectUri = String(details.params.redirect_uri);
  send(
    res,
    status,
    [redirectUri],
    loginPage({
      action: `/u/login/${details.uid}`,
      application: applicationName(tenant, details),
      callbackOrigin: new URL(redirectUri).origin,
      tenantOrigin: new URL(tenant.issuer).origin,
      ...state,
    }),
  );
}

function showConsent(res: Response, tenant: TenantContext, details: Details, status = 200): void {
  const user = tenant.snapshot.users.findById(String(details.session?.accountId));
  const { audience, scopes } = asked(tenant, details);
  const api = audience === undefined ? undefined : tenant.snapshot.api(audience);
  const descriptions = new Map(api?.scopes.map((scope) => [scope.value, scope.description ?? '']));
  send(
    res,
    status,
    [String(details.params.redirect_uri)],
    consentPage({
      action: `/u/consent/${details.uid}`,
      application: applicationName(tenant, details),
      user: {
        name: user?.name ?? '',
        email: user?.email ?? '',
        ...(user?.picture ? { picture: user.picture } : {}),
      },
      ...(api ? { api: { name: api.name, identifier: api.identifier } } : {}),
      scopes: scopes.map((value) => ({ value, description: descriptions.get(value) ?? '' })),
      tenantOrigin: new URL(tenant.issuer).origin,
    }),
  );
}

/** What the application asks for, as far as the tenant defines it. */
function asked(tenant: TenantContext, details: Details): { audience: string | undefined; scopes: string[] } {
  const { scope, resource } = details.params;
  const first = Array.isArray(resource) ? resource[0] : resource;
  const audience = typeof first === 'string' && first ? toAudience(first) : undefined;
  const api = audience === undefined ? undefined : tenant.snapshot.api(audience);
  const known = new Set([
    'openid',
    'profile',
    'email',
    'offline_access',
    ...(api?.scopes.map((s) => s.value) ?? []),
  ]);
  return {
    audience,
    scopes: String(scope ?? '')
      .split(' ')
      .filter((value) => known.has(value)),
  };
}

function noLongerOpen(res: Response, tenant: TenantContext): void {
  send(
    res,
    400,
    [],
    errorPage({
      status: 400,
      title: 'This log-in is no longer open',
      explanation:
        'It took too long, was finished in another tab, or the cookie that belongs to it is missing.',
      facts: [],
      next: 'Go back to the application and log in again.',
      tenantOrigin: new URL(tenant.issuer).origin,
    }),
  );
}

function send(res: Response, status: number, formTargets: string[], html: string): void {
  res.status(status).set(securityHeaders(formTargets)).type('html').send(html);
}

const applicationName = (tenant: TenantContext, details: Details) =>
  tenant.snapshot.client(String(details.params.client_id))?.name ?? String(details.params.client_id);

function fields(body: unknown): Record<string, string | undefined> {
  const entries = Object.entries((body ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
}
