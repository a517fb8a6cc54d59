import { type Request, type RequestHandler, type Response, Router } from 'express';
import * as client from 'openid-client';
import type { Config } from './config';
import { PageError } from './errors';
import { refuseCrossSite } from './hardening/cross-site';
import { once } from './hardening/doubled-callback';
import { lastKnown } from './hardening/last-known';
import { noStore } from './hardening/no-store';
import { returnPath } from './hardening/return-to';
import { begin, destroy, regenerate, reload, save, take } from './session';
import type { SessionTokens } from './tokens';

/** The tenant's endpoints and keys (OpenID Connect Discovery 1.0, section 4), read when they are first needed. */
export type Tenant = () => Promise<client.Configuration>;

export function discover({ issuerBaseUrl, clientId, clientSecret, clientAuth }: Config): Tenant {
  const authenticate =
    clientAuth === 'basic' ? client.ClientSecretBasic(clientSecret) : client.ClientSecretPost(clientSecret);
  // Plain http is for a tenant on this machine: config.ts allows no other.
  const insecure = issuerBaseUrl.protocol === 'http:' ? [client.allowInsecureRequests] : [];
  // Each answer may take 3 seconds: the user gets a page within five.
  const options = { execute: [...insecure, client.enableNonRepudiationChecks], timeout: 3 };
  return lastKnown(() => client.discovery(issuerBaseUrl, clientId, {}, authenticate, options));
}

/** What every login asks for, and what a page may ask for in addition. */
export type Scopes = { always: string[]; onRequest: string[] };

/** The Authorization Code Flow (RFC 6749, section 4.1; OpenID Connect Core, section 3.1), with PKCE (RFC 7636). */
export function auth(config: Config, tenant: Tenant, tokens: SessionTokens, scopes: Scopes): Router {
  const redirect_uri = new URL('/callback', config.baseUrl).href;

  return Router()
    .use(refuseCrossSite(config))
    .use(noStore)
    .get('/login', async (req, res) => {
      // BEGIN SOLUTION 2.1
      // STUB throw new PageError(501, 'Not built yet', 'Task 2.1 sends the user to the tenant.');
      const configuration = await tenant();
      const state = client.randomState();
      const nonce = client.randomNonce();
      const code_verifier = client.randomPKCECodeVerifier();
      const code_challenge = await client.calculatePKCECodeChallenge(code_verifier);
      const returnTo = returnPath(req.query.returnTo, config.baseUrl);
      begin(req, state, { nonce, code_verifier, returnTo, startedAt: Date.now() });
      // The callback may come back sooner than a slow store has written.
      await save(req);
      const asked = String(req.query.scope).split(' ');
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri,
        scope: [...scopes.always, ...scopes.onRequest.filter((scope) => asked.includes(scope))].join(' '),
        ...(config.audience === undefined ? {} : { audience: config.audience }),
        state,
        nonce,
        code_challenge,
        code_challenge_method: 'S256',
      });
      res.redirect(303, url.href);
      // END SOLUTION
    })
    .get('/callback', async (req, res) => {
      // BEGIN SOLUTION 2.2
      // STUB throw new PageError(501, 'Not built yet', 'Task 2.2 takes the callback.');
      const state = String(req.query.state ?? '');
      const returnTo = await once(req, () => finish(req, state));
      res.redirect(303, returnTo);
      // END SOLUTION
    })
    .get('/logout', (_req, res) => {
      // A link or an image on another site can send a GET: it only asks.
      res.render('logout');
    })
    .post('/logout', async (req, res) => {
      // The session first: a request in flight that finds no tokens must see that the user wanted it so.
      await destroy(req);
      await tokens.forget(req.sessionID);
      res.clearCookie(res.locals.sessionCookie, { secure: req.secure }).redirect(303, '/');
    });

  async function finish(req: Request, state: string): Promise<string> {
    // BEGIN SOLUTION 2.3
    // STUB throw new PageError(501, 'Not built yet', 'Task 2.3 exchanges the code for tokens.');
    const transaction = take(req, state);
    // A callback that is loaded again finds its transaction taken: a user who is logged in by then goes on.
    if (!transaction && req.session.user) return '/profile';
    if (!transaction) throw new PageError(400, 'This login is no longer open', TOO_LATE, logIn());
    // The current URL comes from the settings: a Host header can say anything.
    const current = new URL(req.originalUrl, config.baseUrl);
    const response = await client.authorizationCodeGrant(await tenant(), current, {
      expectedState: state,
      expectedNonce: transaction.nonce,
      pkceCodeVerifier: transaction.code_verifier,
      idTokenExpected: true,
    });
    // END SOLUTION
    // BEGIN SOLUTION 2.4
    // STUB // Task 2.4: begin the user's session
    const claims = response.claims();
    if (!claims) throw new PageError(502, 'No ID token', 'The tenant did not say who you are.', logIn());
    await regenerate(req, state);
    req.session.user = claims;
    await tokens.keep(req.sessionID, response);
    await save(req);
    return transaction.returnTo;
    // END SOLUTION
  }
}

const TOO_LATE = 'It took too long, began in another browser, or you have logged out since.';
const logIn = (href = '/login') => ({ href, text: 'Log in again' });

/** Private pages: a stranger goes to the login and comes back; a program gets 401. */
export const requireLogin: RequestHandler = (req, res, next) => {
  if (req.session.user) return next();
  if (/\btext\/html\b/.test(req.get('accept') ?? ''))
    return toLogin(res, req.method === 'GET' ? req.originalUrl : '/profile');
  res.status(401).json({ error: 'Not logged in', message: 'This page needs a login.' });
};

/** Sends the user to the login, and afterwards to the path given. */
export async function toLogin(res: Response, returnTo: string): Promise<void> {
  // The tenant may still know a user who has logged out meanwhile, and would log them in again without a question.
  if (res.req.session.user && !(await reload(res.req)))
    throw new PageError(401, 'You have logged out', 'This page was still on its way.', logIn());
  const href = `/login?${new URLSearchParams({ returnTo })}`;
  if (['GET', 'HEAD'].includes(res.req.method)) return res.redirect(303, href);
  // form-action of the content security policy holds for redirects too: Chromium would stop without a word.
  throw new PageError(401, 'Your login has ended', 'Nothing was changed. Log in and try again.', logIn(href));
}
