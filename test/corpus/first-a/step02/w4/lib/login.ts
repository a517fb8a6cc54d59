import { randomBytes } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import passport from 'passport';
import { config } from './config';
import { Oops, loginOops } from './oops';
import { close, give, open, replace, takeAway } from './sessions';
import type { Session, Started } from './sessions';
import { prepareStrategy } from './strategy';
import { discover, logoutAddress } from './tenant';
import type { Tokens } from './tokens';

const closedLogin = (text: string) => loginOops(400, 'This log-in is no longer open', text);

export function localPath(value: unknown): string {
  const standard = '/profile';
  if (typeof value !== 'string' || !value.startsWith('/') || !URL.canParse(value, config.origin)) return standard;
  const { origin, pathname, search, hash } = new URL(value, config.origin);
  if (origin !== config.origin || pathname.startsWith('//') || pathname.startsWith('/\\')) return standard;
  if (pathname === '/login' || pathname === '/callback' || pathname === '/logout') return standard;
  return pathname + search + hash;
}

export async function login(req: Request, res: Response, next: NextFunction) {
  await prepareStrategy();
  const session: Session = (res.locals.session ??= open());
  give(res, session);
  const nonce = randomBytes(24).toString('base64url');
  const started: Omit<Started, 'verifier'> = {
    nonce,
    to: localPath(req.query.returnTo),
    since: Date.now(),
  };
  passport.authenticate('tenant', { session: false, nonce, state: started } as any)(req, res, next);
}

interface Result {
  claims: Record<string, unknown>;
  tokens: Tokens;
}

async function finish(req: Request, res: Response, session: Session): Promise<[Session, string]> {
  const { state, iss, error, code } = req.query;
  const metadata = await discover();
  await prepareStrategy();
  const started = session.started.get(String(state));
  if (!started && session.user) return [session, '/profile'];
  if (!started || Date.now() - started.since > 3600_000) throw closedLogin('You have finished it already, or it took more than an hour.');
  const foreign = iss === undefined ? metadata.authorization_response_iss_parameter_supported === true : iss !== metadata.issuer;
  if (foreign || error !== undefined || typeof code !== 'string' || code === '') {
    session.started.delete(String(state));
    if (!foreign && error === 'access_denied') throw loginOops(403, 'You are not logged in', 'You, or the tenant, said no.');
    throw loginOops(400, 'The log-in failed', 'The tenant sent no code.');
  }
  const result = await new Promise<Result>((resolve, reject) => {
    const done = (failure: any, user: Result | false) => {
      if (failure) reject(failure.oauthError instanceof Oops ? failure.oauthError : failure instanceof Oops ? failure : loginOops(400, 'The log-in failed', 'The tenant did not take the code.'));
      else if (!user) reject(closedLogin('This browser did not begin it.'));
      else resolve(user);
    };
    passport.authenticate('tenant', { session: false }, done as any)(req, res, reject);
  });
  let last = session;
  while (last.next) last = last.next;
  if (last.closed) throw closedLogin('You have logged out.');
  const fresh = replace(last);
  fresh.user = result.claims;
  fresh.tokens = result.tokens;
  return [fresh, started.to];
}

export async function callback(req: Request, res: Response) {
  const session: Session | undefined = res.locals.session;
  if (!session) throw closedLogin('This browser did not begin it.');
  let work = session.callbacks.get(req.originalUrl);
  if (!work) {
    work = finish(req, res, session).finally(() => session.callbacks.delete(req.originalUrl));
    session.callbacks.set(req.originalUrl, work);
  }
  const [fresh, to] = await work;
  give(res, fresh);
  res.redirect(303, to);
}

export async function logout(_req: Request, res: Response) {
  const session: Session | undefined = res.locals.session;
  if (session) close(session);
  takeAway(res);
  res.redirect(303, await logoutAddress());
}
