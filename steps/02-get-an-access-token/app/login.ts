import { type Request, Router } from 'express';
import * as client from 'openid-client';
import type { Config } from './config';
import { PageError } from './errors';
import type { Issuer } from './issuer';
import { returnPath } from './return-to';
import { optionalScopes } from './scopes';
import { regenerate, save } from './session';
import { keepTokens } from './tokens';
import { begin, once, openBeside, take } from './transactions';
import { userFrom } from './user';

/** The Authorization Code Flow (RFC 6749, section 4.1; OpenID Connect Core, section 3.1), with PKCE (RFC 7636). */
export function loginRoutes(config: Config, issuer: Issuer): Router {
  const redirect_uri = new URL('/callback', config.baseUrl).href;

  return Router()
    .get('/login', async (req, res) => {
      // BEGIN SOLUTION 2.1
      // STUB res.status(501).render('error', { title: 'Not built yet', message: 'Task 2.1 sends the user to the tenant.', action: { href: '/', text: 'Back' } });
      const configuration = await issuer.configuration();
      const state = client.randomState();
      const nonce = client.randomNonce();
      const code_verifier = client.randomPKCECodeVerifier();
      const code_challenge = await client.calculatePKCECodeChallenge(code_verifier);
      const returnTo = returnPath(req.query.returnTo, config.baseUrl);
      begin(req, state, { nonce, code_verifier, returnTo, startedAt: Date.now() });
      // The callback may come back sooner than a slow store has written.
      await save(req);
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri,
        scope: wantedScopes(req, config).join(' '),
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
      // STUB res.status(501).render('error', { title: 'Not built yet', message: 'Task 2.2 takes the callback.', action: { href: '/', text: 'Back' } });
      const state = String(req.query.state ?? '');
      const returnTo = await once(`${req.headers.cookie} ${state}`, () => finish(req, state));
      res.redirect(303, returnTo);
      // END SOLUTION
    });

  async function finish(req: Request, state: string): Promise<string> {
    // BEGIN SOLUTION 2.3
    // STUB throw new PageError(501, 'Not built yet', 'Task 2.3 exchanges the code for tokens.');
    const transaction = take(req, state);
    if (!transaction) {
      // A callback that is loaded again finds its slot taken: who is logged in by then just goes on.
      if (req.session.user) return '/profile';
      throw new PageError(
        400,
        'This log-in is no longer open',
        'It took too long, was begun in another browser, or you have logged out since.',
        LOG_IN,
      );
    }
    // The current URL is put together from settings: a Host header can say anything.
    const current = new URL(req.originalUrl, config.baseUrl);
    const tokens = await client.authorizationCodeGrant(await issuer.configuration(), current, {
      expectedState: state,
      expectedNonce: transaction.nonce,
      pkceCodeVerifier: transaction.code_verifier,
      idTokenExpected: true,
    });
    // END SOLUTION
    // BEGIN SOLUTION 2.4
    // STUB // Task 2.4: begin the user's session
    const claims = tokens.claims();
    if (!claims) throw new PageError(502, 'No ID token', 'The tenant did not say who you are.', LOG_IN);
    const others = await openBeside(req, state);
    await regenerate(req);
    req.session.user = userFrom(claims);
    if (others) req.session.transactions = others;
    await keepTokens(req, tokens);
    await save(req);
    return transaction.returnTo;
    // END SOLUTION
  }
}

const LOG_IN = { href: '/login', text: 'Log in again' };

/** The app's scopes, and those more that a page asked for and the app knows. */
function wantedScopes(req: Request, config: Config): string[] {
  const more = String(req.query.scope ?? '').split(' ');
  return [...config.scopes, ...optionalScopes.filter((scope) => more.includes(scope))];
}
