import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import passport from 'passport';
import { Strategy as OAuth2Strategy } from 'passport-oauth2';
import { config } from './config';
import type { Session, Started } from './sessions';
import { discover, tokenEndpoint, verifyIdToken } from './tenant';
import { tokensOf } from './tokens';

const random = () => randomBytes(24).toString('base64url');

/** Keeps what passport-oauth2 has to remember: one entry for each state, so that tabs do not disturb each other. */
class StartedLogins {
  store(req: Request, verifier: string, started: Omit<Started, 'verifier'>, _meta: unknown, done: (error: unknown, state?: string) => void) {
    const { session } = req.res!.locals as { session: Session };
    const state = random();
    session.started.set(state, { ...started, verifier });
    if (session.started.size > 20) session.started.delete([...session.started.keys()][0]!);
    done(null, state);
  }

  verify(req: Request, state: string, _meta: unknown, done: (error: unknown, ok?: string | false, info?: unknown) => void) {
    const { session } = req.res!.locals as { session: Session };
    const started = session.started.get(state);
    session.started.delete(state);
    if (!started) return done(null, false, { message: 'unknown state' });
    req.res!.locals.started = started;
    done(null, started.verifier, started);
  }
}

async function verify(req: Request, _access: string, _refresh: string, answer: any, _profile: unknown, done: (error: unknown, user?: unknown) => void) {
  try {
    const { nonce } = req.res!.locals.started as Started;
    const claims = await verifyIdToken(String(answer.id_token ?? ''), nonce);
    done(null, { claims, tokens: tokensOf(answer, claims.sub) });
  } catch (error) {
    done(error);
  }
}

class TenantStrategy extends OAuth2Strategy {
  override name = 'tenant';

  override authorizationParams(options: { nonce: string; audience?: string; prompt?: string }) {
    const params: Record<string, string> = { nonce: options.nonce };
    if (options.audience) params.audience = options.audience;
    if (options.prompt) params.prompt = options.prompt;
    return params;
  }
}

let prepared = false;

export async function prepareStrategy(): Promise<void> {
  const { authorization_endpoint, token_endpoint } = await discover();
  if (prepared) return;
  const settings: any = {
    authorizationURL: authorization_endpoint,
    tokenURL: token_endpoint,
    clientID: config.client.id,
    clientSecret: config.client.secret,
    callbackURL: config.base + '/callback',
    audience: config.audience,
    scope: config.scopes,
    pkce: true,
    store: new StartedLogins(),
    passReqToCallback: true,
    skipUserProfile: true,
  };
  const strategy = new TenantStrategy(settings, verify as any);
  // The library's own request knows no time limit.
  (strategy as any)._oauth2.getOAuthAccessToken = (code: string, form: Record<string, string>, done: Function) => {
    tokenEndpoint({ ...form, code }).then(
      (answer) => done(null, answer.access_token, answer.refresh_token, answer),
      (error) => done(error),
    );
  };
  passport.use('tenant', strategy);
  prepared = true;
}
