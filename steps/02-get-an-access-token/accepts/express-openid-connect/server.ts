import express, { type ErrorRequestHandler } from 'express';
import { auth } from 'express-openid-connect';
import { addPages } from './app';
import { scope } from './scope';
import { Sessions } from './store';

const env = (name: string) => process.env[name] ?? '';
const app = express();

app.use(
  auth({
    baseURL: env('BASE_URL') || 'http://localhost:3000',
    issuerBaseURL: env('ISSUER_BASE_URL'),
    clientID: env('CLIENT_ID'),
    clientSecret: env('CLIENT_SECRET'),
    clientAuthMethod: 'client_secret_post',
    secret: env('SESSION_SECRET'),
    authRequired: false,
    authorizationParams: { response_type: 'code', scope, audience: env('AUDIENCE') },
    session: { store: new Sessions() },
  }),
);
addPages(app);

const explain: ErrorRequestHandler = (_error, _req, res, _next) => {
  res.status(400).send('You are not logged in. <a href="/login">Log in</a>');
};
app.use(explain);

for (const host of ['127.0.0.1', '::1']) app.listen(Number(env('PORT') || 3000), host);
