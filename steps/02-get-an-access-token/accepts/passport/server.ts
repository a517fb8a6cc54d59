import express, { type ErrorRequestHandler } from 'express';
import session from 'express-session';
import * as client from 'openid-client';
import passport from 'passport';
import { login } from './login';
import { profile } from './profile';

const env = (name: string) => process.env[name] ?? '';
const issuer = new URL(env('ISSUER_BASE_URL'));

async function main(): Promise<void> {
  const configuration = await client.discovery(
    issuer,
    env('CLIENT_ID'),
    {},
    client.ClientSecretPost(env('CLIENT_SECRET')),
    { timeout: 4, execute: issuer.protocol === 'http:' ? [client.allowInsecureRequests] : [] },
  );
  const app = express();
  app.use(
    session({ secret: env('SESSION_SECRET'), resave: false, saveUninitialized: false }),
    passport.session(),
    login(configuration),
    profile(),
  );
  const explain: ErrorRequestHandler = (_error, _req, res, _next) => {
    res.status(400).send('This login cannot be finished.');
  };
  app.use(explain);
  for (const host of ['127.0.0.1', '::1']) app.listen(Number(env('PORT') || 3000), host);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
