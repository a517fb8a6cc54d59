import { ManagementClient } from 'auth0';
import express, { type ErrorRequestHandler } from 'express';
import type { MakeApp } from '../peer-process';

/** An application that manages users by Auth0's own SDK. The SDK knows a tenant by its domain alone. */
const makeApp: MakeApp = ({ CLIENT_ID, CLIENT_SECRET, ISSUER_BASE_URL }) => {
  const domain = new URL(ISSUER_BASE_URL).host;
  const management = (clientSecret: string) =>
    new ManagementClient({ domain, clientId: CLIENT_ID, clientSecret });
  const sdk = management(CLIENT_SECRET);
  const app = express();
  app.get('/users', async (req, res) => {
    const email = String(req.query.email);
    const found = await sdk.users.listUsersByEmail({ email });
    res.json(found.map(({ user_id, name }) => ({ user_id, name })));
  });
  app.post('/users', async (req, res) => {
    const email = String(req.query.email);
    const connection = 'Username-Password-Authentication';
    const user = await sdk.users.create({ email, password: 'a password that is long', connection });
    res.json(await sdk.users.update(user.user_id ?? '', { user_metadata: { office: 'Porto' } }));
  });
  app.get('/clients', async (_req, res) => void res.json((await sdk.clients.list()).data));
  app.delete('/users/:id', async (req, res) => {
    await sdk.users.delete(req.params.id);
    res.json({});
  });
  app.get('/wrong-secret', async (_req, res) => {
    res.json(await management('wrong').users.listUsersByEmail({ email: 'nobody@example.com' }));
  });
  const failed: ErrorRequestHandler = (
    error: Error & { statusCode?: number; body?: unknown },
    _req,
    res,
    _next,
  ) => void res.status(502).json({ status: error.statusCode, body: error.body, message: error.message });
  app.use(failed);
  return app;
};
export default makeApp;
