import express from 'express';
import session from 'express-session';
import * as client from 'openid-client';
import type { MakeApp } from '../../peers/peer-process';

declare module 'express-session' {
  interface SessionData {
    login: { code_verifier: string; state: string; nonce: string };
    claims: client.IDToken;
    access_token: string;
  }
}

/**
 * openid-client's example of the Authorization Code Flow (its README and examples/oidc.ts) as an Express app: what the example says must be
 * stored in the user's session is stored there by express-session.
 */
const makeApp: MakeApp = (env) => {
  const redirect_uri = `${env.BASE_URL}/callback`;
  const discover = () =>
    client.discovery(new URL(env.ISSUER_BASE_URL), env.CLIENT_ID, env.CLIENT_SECRET, undefined, {
      execute: [client.allowInsecureRequests],
    });
  let config: Promise<client.Configuration> | undefined;

  const app = express();
  app.use(session({ secret: env.SESSION_SECRET, resave: false, saveUninitialized: false }));
  app.get('/', (req, res) => void res.send(req.session.claims ? 'Logged in' : 'Logged out'));

  app.get('/login', async (req, res) => {
    config ??= discover();
    const code_verifier = client.randomPKCECodeVerifier();
    const code_challenge = await client.calculatePKCECodeChallenge(code_verifier);
    const [state, nonce] = [client.randomState(), client.randomNonce()];
    req.session.login = { code_verifier, state, nonce };
    const redirectTo = client.buildAuthorizationUrl(await config, {
      redirect_uri,
      scope: 'openid profile email offline_access read:appointments',
      audience: env.AUDIENCE,
      code_challenge,
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    res.redirect(redirectTo.href);
  });

  app.get('/callback', async (req, res) => {
    config ??= discover();
    const { code_verifier, state, nonce } = req.session.login ?? {};
    const tokens = await client.authorizationCodeGrant(await config, new URL(req.originalUrl, env.BASE_URL), {
      ...(code_verifier === undefined ? {} : { pkceCodeVerifier: code_verifier }),
      ...(nonce === undefined ? {} : { expectedNonce: nonce }),
      ...(state === undefined ? {} : { expectedState: state }),
      idTokenExpected: true,
    });
    req.session.claims = tokens.claims() as client.IDToken;
    req.session.access_token = tokens.access_token;
    res.redirect('/profile');
  });

  app.get('/profile', (req, res) =>
    req.session.claims ? void res.json(req.session.claims) : res.redirect('/login'),
  );

  app.get('/appointments', async (req, res) => {
    config ??= discover();
    if (!req.session.access_token) return res.redirect('/login');
    const url = new URL('/appointments', env.API_URL);
    const answer = await client.fetchProtectedResource(await config, req.session.access_token, url, 'GET');
    res.status(answer.status).send(await answer.text());
  });

  app.get('/logout', (req, res) => req.session.destroy(() => res.redirect('/')));
  return app;
};
export default makeApp;
