import express from 'express';
import { auth, requiresAuth } from 'express-openid-connect';
import type { MakeApp } from '../../peers/peer-process';

/** Auth0's sample of a regular web app that calls an API: express-openid-connect with the settings of its README, and one page for the API. */
const makeApp: MakeApp = (env) => {
  const app = express();
  app.use(
    auth({
      authRequired: false,
      secret: env.SESSION_SECRET,
      baseURL: env.BASE_URL,
      clientID: env.CLIENT_ID,
      clientSecret: env.CLIENT_SECRET,
      issuerBaseURL: env.ISSUER_BASE_URL,
      authorizationParams: {
        response_type: 'code',
        audience: env.AUDIENCE,
        scope: 'openid profile email offline_access read:appointments',
      },
    }),
  );
  app.get('/', (req, res) => void res.send(req.oidc.isAuthenticated() ? 'Logged in' : 'Logged out'));
  app.get('/profile', requiresAuth(), (req, res) => void res.json(req.oidc.user));
  app.get('/appointments', requiresAuth(), async (req, res) => {
    let token = req.oidc.accessToken;
    if (token?.isExpired()) token = await token.refresh();
    const headers = { authorization: `${token?.token_type} ${token?.access_token}` };
    const answer = await fetch(new URL('/appointments', env.API_URL), { headers });
    res.status(answer.status).send(await answer.text());
  });
  return app;
};
export default makeApp;
