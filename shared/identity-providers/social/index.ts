import type http from 'node:http';
import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { listenOnLoopback } from '../../lib/listen';
import { errors } from '../../lib/oidc-provider';
import { findAccount } from '../accounts';
import { readForm } from '../form';
import { page, send, sentAsset } from '../pages';
import { GAGGLE_ACCOUNTS } from './accounts';
import { BRAND } from './brand';
import { SOCIAL_CLIENT_ID, socialKeys } from './keys';
import { buildSocialProvider } from './provider';

export interface SocialOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  /** For keys and the tenant's secret. */
  data: string;
  /** The tenant's callback URLs; asked at the first request, when its port is known. */
  callbacks: () => string[];
  /** Reports who signed in or did not. */
  log?: (line: string) => void;
  /** Lets a recorder see every request. */
  wrap?: (handler: http.RequestListener) => http.RequestListener;
}

export interface Social {
  port: number;
  origin: string;
  /** With a trailing slash. */
  issuer: string;
  close(): Promise<void>;
}

/** Starts Gaggle, the offline social provider, on loopback; it loads nothing before the first request.
 * @throws UserError for a taken port. */
export async function startSocial({ port = 0, data, callbacks, log, wrap }: SocialOptions): Promise<Social> {
  let provider: Promise<Provider> | undefined;
  const handler: http.RequestListener = (req, res) => {
    provider ??= socialKeys(data)
      .then((kept) => buildSocialProvider(issuer, callbacks(), kept))
      .catch((error) => {
        // After a full disk, for example, the next request tries again.
        provider = undefined;
        throw error;
      });
    provider
      .then((built) => handle(req, res, { provider: built, origin, issuer, log }))
      .catch((error: Error) => {
        log?.(`failed: ${error.message}`);
        if (res.headersSent) res.destroy();
        else send(res, 500, page('error', BRAND, origin, FAILED));
      });
  };
  const server = await listenOnLoopback(wrap?.(handler) ?? handler, {
    port,
    party: 'The social provider',
    setting: '--port N or SOCIAL_PORT',
  });
  const origin = `http://localhost:${server.port}`;
  const issuer = `${origin}/`;
  return { port: server.port, origin, issuer, close: server.close };
}

interface Now {
  log: SocialOptions['log'];
  provider: Provider;
  origin: string;
  issuer: string;
}

const FAILED = {
  title: 'Gaggle failed',
  explanation: 'Something went wrong here, not in your application.',
  next: 'Go back and try again.',
};

/** The library's paths for browsers; all others are for programs. */
const FOR_BROWSERS = /^\/auth(?:\/|$)/;

async function handle(req: http.IncomingMessage, res: http.ServerResponse, now: Now): Promise<void> {
  const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
  if (sentAsset(path, res)) return;
  if (path === '/') return home(req, res, now);
  if (path === '/sign-out' && req.method === 'POST') return signOut(req, res, now);
  if (path.startsWith('/sign-in/')) return signIn(req, res, now);
  // Errors for programs are JSON (RFC 6749, section 5.2). Some HTTP clients, such as Java's, prefer HTML by default.
  if (!FOR_BROWSERS.test(path)) req.headers.accept = 'application/json';
  now.provider.callback()(req, res);
}

async function signIn(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  { provider, origin, log }: Now,
): Promise<void> {
  const details = await provider.interactionDetails(req, res).catch((error: unknown) => {
    if (error instanceof errors.SessionNotFound) return undefined;
    throw error;
  });
  if (!details) return send(res, 400, page('error', BRAND, origin, NO_LONGER_OPEN));
  const show = (status: number, email: string, message?: string) =>
    send(
      res,
      status,
      page('sign-in', BRAND, origin, {
        action: `/sign-in/${details.uid}`,
        visitor: 'the tenant of Call Your API',
        email,
        accounts: GAGGLE_ACCOUNTS,
        ...(message ? { message } : {}),
      }),
    );
  if (req.method !== 'POST') return show(200, '');
  const form = await readForm(req);
  if (form?.has('cancel')) {
    log?.('nobody signed in: cancelled');
    const result = { error: 'access_denied', error_description: 'The user denied the request' };
    return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
  }
  const account = findAccount(GAGGLE_ACCOUNTS, form?.get('email') ?? null, form?.get('password') ?? null);
  if (!account) return show(401, form?.get('email') ?? '', 'No account has this address and this password.');
  log?.(`signed in: ${account.email}`);
  const result = { login: { accountId: account.sub } };
  return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

const NO_LONGER_OPEN = {
  title: 'This sign-in is no longer open',
  explanation: 'It took too long, or was finished in another tab.',
  next: 'Go back to the app and log in again.',
};

/** The library reads sessions only within its own requests, so this makes the same context. */
async function session(req: http.IncomingMessage, res: http.ServerResponse, { provider }: Now) {
  const { OIDCContext } = provider as unknown as {
    OIDCContext: new (ctx: unknown) => KoaContextWithOIDC['oidc'];
  };
  const ctx = provider.createContext(req, res) as KoaContextWithOIDC;
  Object.assign(ctx, { oidc: new OIDCContext(ctx) });
  return provider.Session.get(ctx);
}

async function home(req: http.IncomingMessage, res: http.ServerResponse, now: Now): Promise<void> {
  const { accountId } = await session(req, res, now);
  const user = GAGGLE_ACCOUNTS.find((one) => one.sub === accountId)?.email;
  const facts = [
    { label: 'Issuer', value: now.issuer },
    { label: 'Client ID', value: SOCIAL_CLIENT_ID },
  ];
  send(res, 200, page('home', BRAND, now.origin, { user, facts }));
}

async function signOut(req: http.IncomingMessage, res: http.ServerResponse, now: Now): Promise<void> {
  const found = await session(req, res, now);
  if (found.accountId) await found.destroy();
  res.writeHead(303, { location: '/' }).end();
}
