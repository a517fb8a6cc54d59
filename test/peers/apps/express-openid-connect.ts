import express from 'express';
import { auth, requiresAuth } from 'express-openid-connect';
import { MemoryStore } from 'express-session';
import type { MakeApp } from '../peer-process';

/** A regular web application with express-openid-connect: code flow, an API, refresh tokens, logout at the tenant too, and by the tenant. */
const makeApp: MakeApp = ({
  AUDIENCE,
  API_URL,
  BASE_URL,
  CLIENT_ID,
  CLIENT_SECRET,
  ISSUER_BASE_URL,
  SESSION_SECRET,
}) => {
  const app = express();
  app.use(
    auth({
      authRequired: false,
      idpLogout: true,
      backchannelLogout: { store: new MemoryStore() as never },
      secret: SESSION_SECRET,
      baseURL: BASE_URL,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      issuerBaseURL: ISSUER_BASE_URL,
      authorizationParams: {
        response_type: 'code',
        audience: AUDIENCE,
        scope: 'openid profile email offline_access read:appointments',
      },
    }),
  );
  app.get('/', (req, res) => void res.send(req.oidc.isAuthenticated() ? 'Logged in' : 'Logged out'));
  app.get('/profile', requiresAuth(), (req, res) => void res.json(req.oidc.user));
  app.get('/userinfo', requiresAuth(), async (req, res) => void res.json(await req.oidc.fetchUserInfo()));
  app.get('/appointments', requiresAuth(), async (req, res) => {
    let token = req.oidc.accessToken;
    if (req.query.refresh !== undefined) token = await token?.refresh();
    const headers = { authorization: `${token?.token_type} ${token?.access_token}` };
    const answer = await fetch(`${API_URL}/appointments`, { headers });
    res.status(answer.status).json({ token: token?.access_token, answer: await answer.json() });
  });
  return app;
};
export default makeApp;
