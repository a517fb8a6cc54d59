import express from 'express';
import { auth, requiresAuth } from 'express-openid-connect';
import type { MakeApp } from '../peer-process';

/** The settings of Auth0's Express quickstart, and nothing more: without a response_type the library asks for an ID token by form. */
const makeApp: MakeApp = ({ BASE_URL, CLIENT_ID, ISSUER_BASE_URL, SESSION_SECRET }) => {
  const app = express();
  app.use(
    auth({
      authRequired: false,
      auth0Logout: true,
      secret: SESSION_SECRET,
      baseURL: BASE_URL,
      clientID: CLIENT_ID,
      issuerBaseURL: ISSUER_BASE_URL,
    }),
  );
  app.get('/', (req, res) => void res.send(req.oidc.isAuthenticated() ? 'Logged in' : 'Logged out'));
  app.get('/profile', requiresAuth(), (req, res) => void res.json(req.oidc.user));
  return app;
};
export default makeApp;
