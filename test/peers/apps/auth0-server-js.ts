import {
  type CookieHandler,
  CookieTransactionStore,
  type LogoutTokenClaims,
  ServerClient,
  type SessionStore,
  type StateData,
  StatefulStateStore,
} from '@auth0/auth0-server-js';
import express, { type ErrorRequestHandler, type Request, type Response } from 'express';
import type { MakeApp } from '../peer-process';

interface Exchange {
  req: Request;
  res: Response;
}

/** The cookies of one exchange, as the library wants them handed in; Express counts a cookie's age in milliseconds. */
const cookies: CookieHandler<Exchange> = {
  setCookie: (name, value, { maxAge, ...options } = {}, exchange) => {
    exchange?.res.cookie(name, value, {
      ...options,
      ...(maxAge === undefined ? {} : { maxAge: maxAge * 1000 }),
    });
  },
  getCookie: (name, exchange) => all(exchange)[name],
  getCookies: all,
  deleteCookie: (name, exchange) => void exchange?.res.clearCookie(name),
};

/** Sessions in this process's memory: what ends by a logout at the tenant must be stored where the application can find it. */
class Sessions implements SessionStore<Exchange> {
  readonly #kept = new Map<string, StateData>();
  async get(id: string) {
    return this.#kept.get(id);
  }
  async set(id: string, session: StateData) {
    this.#kept.set(id, session);
  }
  async delete(id: string) {
    this.#kept.delete(id);
  }
  async deleteByLogoutToken({ sid }: LogoutTokenClaims) {
    for (const [id, { internal }] of this.#kept) if (internal.sid === sid) this.#kept.delete(id);
  }
}

function all(exchange?: Exchange): Record<string, string> {
  const pairs = (exchange?.req.headers.cookie ?? '').split(/; */).filter(Boolean);
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [name, decodeURIComponent(value.join('='))];
    }),
  );
}

/** An application on @auth0/auth0-server-js, which knows a tenant by its domain alone. */
const makeApp: MakeApp = ({
  AUDIENCE,
  API_URL,
  BASE_URL,
  CLIENT_ID,
  CLIENT_SECRET,
  ISSUER_BASE_URL,
  SESSION_SECRET: secret,
}) => {
  const auth0 = new ServerClient<Exchange>({
    domain: new URL(ISSUER_BASE_URL).host,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    authorizationParams: {
      redirect_uri: `${BASE_URL}/callback`,
      audience: AUDIENCE,
      scope: 'openid profile email offline_access read:appointments',
    },
    transactionStore: new CookieTransactionStore({ secret }, cookies),
    stateStore: new StatefulStateStore({ secret, store: new Sessions() }, cookies),
  });
  const app = express();
  app.get('/login', async (req, res) => {
    const pushedAuthorizationRequests = req.query.pushed !== undefined;
    res.redirect((await auth0.startInteractiveLogin({ pushedAuthorizationRequests }, { req, res })).href);
  });
  app.get('/callback', async (req, res) => {
    await auth0.completeInteractiveLogin(new URL(req.originalUrl, BASE_URL), { req, res });
    res.redirect('/profile');
  });
  app.get('/profile', async (req, res) => {
    const user = await auth0.getUser({ req, res });
    if (user) res.json(user);
    else res.status(401).send('Logged out');
  });
  app.get('/appointments', async (req, res) => {
    const { accessToken, expiresAt } = await auth0.getAccessToken({ req, res });
    const headers = { authorization: `Bearer ${accessToken}` };
    const answer = await fetch(`${API_URL}/appointments`, { headers });
    res.status(answer.status).json({ accessToken, expiresAt, answer: await answer.json() });
  });
  app.get('/revoke', async (req, res) => {
    const session = await auth0.getSession({ req, res });
    await auth0.revokeRefreshToken({}, { req, res });
    res.send(session?.refreshToken);
  });
  app.post('/backchannel-logout', express.urlencoded({ extended: false }), async (req, res) => {
    await auth0.handleBackchannelLogout(String(req.body.logout_token), { req, res });
    res.status(204).end();
  });
  app.get('/logout', async (req, res) => {
    res.redirect((await auth0.logout({ returnTo: `${BASE_URL}/` }, { req, res })).href);
  });
  app.get('/', (_req, res) => void res.send('Home'));
  const failed: ErrorRequestHandler = (error: Error & { code?: string }, _req, res, _next) => {
    const cause = error.cause as { error?: string } | undefined;
    res.status(500).send(`${error.code}: ${error.message} (${cause?.error})`);
  };
  app.use(failed);
  return app;
};
export default makeApp;
