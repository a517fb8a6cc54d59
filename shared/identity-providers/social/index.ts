import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { errors, openSession } from '../../lib/oidc-provider';
import { home, refuse, type Served, type ServeOptions, serve, signIn, toHome, type Visit } from '../serve';
import { GAGGLE_ACCOUNTS } from './accounts';
import { BRAND } from './brand';
import { SOCIAL_CLIENT_ID, socialKeys } from './keys';
import { buildSocialProvider } from './provider';

interface SocialOptions extends ServeOptions {
  /** The tenant's callback URLs; asked at the first request, when its port is known. */
  callbacks: () => string[];
}

export interface Social extends Served {
  /** With a trailing slash. */
  issuer: string;
}

/** Starts Gaggle, the offline social provider, on loopback; it loads nothing before the first request.
 * @throws UserError for a taken port. */
export async function startSocial({ data, callbacks, ...options }: SocialOptions): Promise<Social> {
  const served = await serve(options, {
    brand: BRAND,
    party: 'The social provider',
    setting: '--port N or SOCIAL_PORT',
    prepare: async (origin) => buildSocialProvider(`${origin}/`, callbacks(), await socialKeys(data)),
    handle,
  });
  return { ...served, issuer: `${served.origin}/` };
}

/** The library's paths for browsers; all others are for programs. */
const FOR_BROWSERS = /^\/auth(?:\/|$)/;

async function handle(visit: Visit, provider: Provider): Promise<void> {
  const { req, res, url, origin } = visit;
  if (url.pathname === '/') {
    const { accountId } = await session(visit, provider);
    const user = GAGGLE_ACCOUNTS.find((one) => one.sub === accountId)?.email;
    return home(visit, user, { Issuer: `${origin}/`, 'Client ID': SOCIAL_CLIENT_ID });
  }
  if (url.pathname === '/sign-out' && req.method === 'POST') {
    const found = await session(visit, provider);
    if (found.accountId) await found.destroy();
    return toHome(visit);
  }
  if (url.pathname.startsWith('/sign-in/')) return finishSignIn(visit, provider);
  // Errors for programs are JSON (RFC 6749, section 5.2). Some HTTP clients, such as Java's, prefer HTML by default.
  if (!FOR_BROWSERS.test(url.pathname)) req.headers.accept = 'application/json';
  provider.callback()(req, res);
}

async function finishSignIn(visit: Visit, provider: Provider): Promise<void> {
  const { req, res } = visit;
  const details = await provider.interactionDetails(req, res).catch((error: unknown) => {
    if (error instanceof errors.SessionNotFound) return undefined;
    throw error;
  });
  if (!details) return refuse(visit, 400, 'This sign-in took too long, or was finished in another tab.');
  const account = await signIn(visit, {
    action: `/sign-in/${details.uid}`,
    visitor: 'the tenant of Call Your API',
    accounts: GAGGLE_ACCOUNTS,
  });
  if (!account) return;
  const result =
    account === 'cancelled'
      ? { error: 'access_denied', error_description: 'The user denied the request' }
      : { login: { accountId: account.sub } };
  await provider.interactionFinished(req, res, result, { mergeWithLastSubmission: false });
}

const session = ({ req, res }: Visit, provider: Provider) =>
  openSession(provider, provider.createContext(req, res) as KoaContextWithOIDC);
