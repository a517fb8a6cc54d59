import type { Express, Request, Response } from 'express';
import * as oauth from 'oauth4webapi';
import type { AuthorizedClients } from '../client/AuthorizedClients';
import type { ClientRegistration } from '../client/ClientRegistration';
import { ResponseStatusError } from '../web/errorAdvice';
import type { HttpSession, HttpSessions } from './HttpSessions';
import { Principal } from './Principal';

type Outcome = { session: HttpSession; to: string };
const AGAIN = { href: '/login', text: 'Log in' };

export class LoginController {
  readonly #atWork = new Map<string, Promise<Outcome>>();
  constructor(
    private readonly baseUrl: string,
    private readonly registration: ClientRegistration,
    private readonly sessions: HttpSessions,
    private readonly clients: AuthorizedClients,
  ) {}

  map(app: Express) {
    app.get('/login', this.login);
    app.get('/callback', this.callback);
    app.post('/logout', this.logout);
  }

  login = async (req: Request, res: Response) => {
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const codeVerifier = oauth.generateRandomCodeVerifier();
    const uri = await this.registration.authorizationUri(state, nonce, codeVerifier);
    const session = req.httpSession;
    if (session.principal && !this.sessions.isValid(session)) return res.redirect(302, '/');
    session.requests.set(state, { nonce, codeVerifier, savedRequest: this.#savedRequest(req.query.returnTo) });
    const surplus = [...session.requests.keys()].slice(0, -12);
    surplus.forEach((old) => session.requests.delete(old));
    this.sessions.commit(res, session);
    res.redirect(302, uri);
  };

  callback = async (req: Request, res: Response) => {
    const state = String(req.query.state ?? '');
    const key = `${req.httpSession.id}#${state}`;
    if (!this.#atWork.has(key)) {
      this.#atWork.set(key, this.#attempt(req, state).finally(() => this.#atWork.delete(key)));
    }
    const { session, to } = await this.#atWork.get(key)!;
    if (this.sessions.isValid(session)) this.sessions.commit(res, session);
    res.redirect(302, to);
  };

  async #attempt(req: Request, state: string): Promise<Outcome> {
    const session = req.httpSession;
    const request = session.requests.get(state);
    if (!request && session.principal) return { session, to: '/profile' };
    if (!request) throw new ResponseStatusError(400, 'No such login', 'This login began elsewhere or is over.', AGAIN);
    session.requests.delete(state);
    let tokens: oauth.TokenEndpointResponse;
    try {
      const url = new URL(req.originalUrl, this.baseUrl);
      tokens = await this.registration.exchange(url, state, request.nonce, request.codeVerifier);
    } catch (error) {
      if (error instanceof ResponseStatusError) throw error;
      if (error instanceof oauth.AuthorizationResponseError) throw new ResponseStatusError(400, 'You are not logged in', 'The login was declined.', AGAIN);
      console.error('login failed', error);
      throw new ResponseStatusError(502, 'The login failed', 'The tenant did not answer as expected.', AGAIN);
    }
    if (session.invalidated) throw new ResponseStatusError(400, 'No such login', 'You have logged out meanwhile.', AGAIN);
    const fresh = this.sessions.migrate(session);
    this.clients.remove(session.id);
    fresh.principal = new Principal(oauth.getValidatedIdTokenClaims(tokens)!);
    this.clients.save(fresh.id, tokens);
    this.sessions.commit(req.res!, fresh);
    return { session: fresh, to: request.savedRequest };
  }

  logout = async (req: Request, res: Response) => {
    this.clients.remove(req.httpSession.id);
    this.sessions.invalidate(req, res);
    const server = await this.registration.server().catch(() => undefined);
    if (!server?.end_session_endpoint) return res.redirect(303, '/');
    const uri = new URL(server.end_session_endpoint);
    uri.searchParams.set('client_id', this.registration.client.client_id);
    uri.searchParams.set('post_logout_redirect_uri', `${this.baseUrl}/`);
    res.redirect(303, uri.href);
  };

  /** SavedRequest: a page of this application, and nothing else */
  #savedRequest(wish: unknown) {
    const otherwise = '/profile';
    if (typeof wish !== 'string' || !wish.startsWith('/') || !URL.canParse(wish, this.baseUrl)) return otherwise;
    const url = new URL(wish, this.baseUrl);
    const foreign = url.origin !== new URL(this.baseUrl).origin || url.pathname.startsWith('//');
    return foreign || /^\/(login|logout|callback)$/.test(url.pathname) ? otherwise : url.pathname + url.search;
  }
}
