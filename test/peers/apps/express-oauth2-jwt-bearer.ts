import express from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import type { MakeApp } from '../peer-process';

/** An API whose tokens are verified by express-oauth2-jwt-bearer. */
const makeApp: MakeApp = ({ AUDIENCE, ISSUER_BASE_URL }) => {
  const app = express();
  app.use(auth({ issuerBaseURL: ISSUER_BASE_URL, audience: AUDIENCE }));
  app.get('/appointments', requiredScopes('read:appointments'), (req, res) => {
    res.json({ sub: req.auth?.payload.sub, appointments: [] });
  });
  return app;
};
export default makeApp;
