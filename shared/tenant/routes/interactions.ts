import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../lib/body';
import { errors } from '../../lib/oidc-provider';
import { issuerParts } from '../config/issuer';
import { ANYWHERE, consentPage, loginPage } from '../pages';
import type { TenantContext } from '../provider/context';
import { OIDC_SCOPES, toAudience } from '../provider/resources';
import { verifyPassword } from '../users/passwords';
import { sendElsewhere } from './continue';
import { loggedIn, notLoggedIn } from './logged-in';
import type { Details, Now, Visit } from './now';
import { sendErrorPage, sendPage } from './send';

/** /u/login/UID with /with/CONNECTION and /answer, /u/consent/UID, /u/continue/UID. */
const ADDRESS = /^\/u\/(login|consent|continue)\/([\w-]+)(?:(\/answer)|\/with\/([\w-]+))?$/;

/** Bytes. */
const LARGEST_FORM = 8 * 1024;

/** Statuses of the login page after a refusal. */
const REFUSED = { attempts: 429, blocked: 401, credentials: 401, busy: 503 } as const;

/** The login and consent pages. A plain handler: every login comes here four times, and a framework would double its
 * cost. */
export async function interactions(req: IncomingMessage, res: ServerResponse, now: Now): Promise<void> {
  const [, name, uid, answer, provider] = ADDRESS.exec((req.url ?? '').split('?', 1)[0] ?? '') ?? [];
  if (uid === undefined) return noLongerOpen(res, now.tenant, 404);
  if (req.method !== 'GET' && req.method !== 'POST') {
    res.writeHead(405, { allow: 'GET, POST' }).end();
    return;
  }
  const details = await now.provider.interactionDetails(req, res).catch((error: unknown) => {
    if (error instanceof errors.SessionNotFound) return undefined;
    throw error;
  });
  if (details?.prompt.name !== name || details?.uid !== uid) {
    if (answer) notHere(now.tenant);
    return noLongerOpen(res, now.tenant);
  }
  const visit: Visit = { ...now, req, res, details };
  if (name === 'continue') return sendElsewhere(visit);
  if (req.method === 'GET') {
    if (name === 'consent') return showConsent(visit);
    if (answer) return now.elsewhere.answered(visit);
    const { connection, login_hint: hint } = details.params;
    const chosen = enabled(visit).find((one) => one.name === (provider ?? connection));
    if (chosen) return now.elsewhere.leave(visit, chosen);
    return showLogin(visit, typeof hint === 'string' ? { email: hint } : {});
  }
  const body = await readBody(req, LARGEST_FORM);
  if (body === undefined) {
    res.writeHead(413, { connection: 'close' }).end();
    return;
  }
  await (name === 'login' ? logIn : consent)(visit, new URLSearchParams(body));
}

async function logIn(visit: Visit, form: URLSearchParams): Promise<void> {
  const { req, res, details, tenant } = visit;
  const [email, password, decision] = ['email', 'password', 'decision'].map((name) => form.get(name));
  const client_id = String(details.params.client_id);
  if (decision === 'cancel') return notLoggedIn(visit, 'access_denied', 'User cancelled the login');
  if (!email || !password) return showLogin(visit, { email: email ?? '', error: 'missing' }, 400);
  const ip = req.socket.remoteAddress ?? '';
  const protection = tenant.snapshot.config.attackProtection.bruteForceProtection;
  const refuse = (reason: string, error: 'attempts' | 'blocked' | 'credentials' | 'busy') => {
    tenant.events.emit({ type: 'login refused', client_id, reason });
    showLogin(visit, { email, error }, REFUSED[error]);
  };
  const { connection } = details.params;
  const databases = tenant.snapshot.databasesOf(client_id);
  const searched = databases.filter((name) => connection === undefined || name === connection);
  const user = searched.map((name) => tenant.users.findByEmail(name, email)).find(Boolean);
  // An unknown user takes as long as a known one, so that timing reveals nothing.
  const verify = () => verifyPassword(user, password);
  const outcome = await tenant.bruteForce.attempt(protection, email, ip, verify, res);
  if (outcome === 'gone') return;
  if (outcome === 'blocked')
    return refuse(
      `brute-force protection: ${protection.max_attempts} wrong passwords came before`,
      'attempts',
    );
  if (outcome === 'busy') {
    res.setHeader('Retry-After', '1');
    return refuse('brute-force protection: too many logins on this account at the same time', 'busy');
  }
  if (!user || outcome !== 'right') {
    refuse(user ? 'wrong password' : 'unknown user', 'credentials');
    if (outcome === 'last wrong') {
      const reason = `${protection.max_attempts} wrong passwords in a row (${protection.mode})`;
      tenant.events.emit({ type: 'account blocked', identifier: email, ip, reason });
    }
    return;
  }
  if (user.blocked) return refuse('blocked user', 'blocked');
  await loggedIn(visit, user, ['pwd']);
}

async function consent(visit: Visit, form: URLSearchParams): Promise<void> {
  const { req, res, details, tenant, provider } = visit;
  const decision = form.get('decision');
  const client_id = String(details.params.client_id);
  const user_id = String(details.session?.accountId);
  if (decision !== 'accept' && decision !== 'decline') return showConsent(visit, 400);
  if (decision === 'decline') {
    tenant.events.emit({ type: 'consent declined', client_id, user_id });
    return notLoggedIn(visit, 'access_denied', 'User did not authorize the request');
  }
  const { audience, scopes } = asked(tenant, details);
  tenant.consents.give(user_id, client_id, audience, scopes);
  tenant.events.emit({ type: 'consent given', client_id, user_id, scope: scopes, audience });
  await provider.interactionFinished(req, res, { consent: {} }, { mergeWithLastSubmission: true });
}

function showLogin(
  visit: Visit,
  state: { email?: string; error?: NonNullable<Parameters<typeof loginPage>[0]['error']> },
  status = 200,
): void {
  const { res, tenant, elsewhere, details } = visit;
  const redirectUri = String(details.params.redirect_uri);
  const { client_id, connection } = details.params;
  const databases = tenant.snapshot.databasesOf(String(client_id));
  const only = databases.includes(String(connection));
  const others = only ? [] : elsewhere.buttons(enabled(visit), databases.length > 0);
  const html = loginPage({
    password: databases.length > 0,
    providers: others.map(({ name, label }) => ({ label, href: `/u/login/${details.uid}/with/${name}` })),
    action: `/u/login/${details.uid}`,
    application: applicationName(visit),
    callbackOrigin: new URL(redirectUri).origin,
    tenantOrigin: issuerParts(tenant.issuer).origin,
    ...state,
  });
  sendPage(res, status, html, [redirectUri, ...(tenant.scripts.runsAtLogIn ? ANYWHERE : [])]);
}

function showConsent(visit: Visit, status = 200): void {
  const { res, tenant, details } = visit;
  const user = tenant.users.findById(String(details.session?.accountId));
  const { audience, scopes } = asked(tenant, details);
  const api = audience === undefined ? undefined : tenant.snapshot.api(audience);
  const descriptions = new Map(api?.scopes.map((scope) => [scope.value, scope.description ?? '']));
  const html = consentPage({
    action: `/u/consent/${details.uid}`,
    application: applicationName(visit),
    user: { name: user?.name ?? '', email: user?.email ?? '', picture: user?.picture },
    api: api && { name: api.name, identifier: api.identifier },
    scopes: scopes.map((value) => ({ value, description: descriptions.get(value) ?? '' })),
    useDescriptions: tenant.snapshot.config.tenant.flags.use_scope_descriptions_for_consent,
    tenantOrigin: issuerParts(tenant.issuer).origin,
  });
  sendPage(res, status, html, [String(details.params.redirect_uri)]);
}

/** What the application asks for and the tenant defines. */
function asked(tenant: TenantContext, details: Details): { audience: string | undefined; scopes: string[] } {
  const { scope, resource } = details.params;
  const first = Array.isArray(resource) ? resource[0] : resource;
  const audience = typeof first === 'string' && first ? toAudience(first) : undefined;
  const api = audience === undefined ? undefined : tenant.snapshot.api(audience);
  const known = new Set<string>([...OIDC_SCOPES, ...(api?.scopes.map((s) => s.value) ?? [])]);
  const scopes = String(scope ?? '').split(' ');
  return { audience, scopes: scopes.filter((value) => known.has(value)) };
}

const enabled = ({ tenant, details }: Visit) =>
  tenant.snapshot.connectionsOf(String(details.params.client_id));

function notHere({ events }: TenantContext): void {
  const reason = 'the login of this answer was begun in another browser, or its cookie is missing';
  events.emit({ type: 'login refused', client_id: undefined, reason });
}

function noLongerOpen(res: ServerResponse, tenant: TenantContext, status = 400): void {
  sendErrorPage(res, tenant, {
    status,
    title: 'This login is no longer open',
    explanation:
      'It took too long, it was finished in another tab, the tenant was restarted, or the cookie that belongs to it is missing.',
    next: 'Go back to the application and log in again.',
  });
}

const applicationName = ({ tenant, details }: Visit) =>
  tenant.snapshot.client(String(details.params.client_id))?.name ?? String(details.params.client_id);
