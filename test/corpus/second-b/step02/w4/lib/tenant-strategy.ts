import { randomBytes } from 'node:crypto';
import type { Request } from 'express';
import type { PassportStatic } from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import { PageError, again } from './page-error';
import { idTokenClaims, issuer, tokenRequest, wellKnown, type Claims } from './tenant';
import { entryFrom, vault } from './vault';

declare global {
  namespace Express {
    interface User {
      claims: Claims;
      ticket: string;
    }
  }
}

interface Pending {
  verifier: string;
  nonce: string;
  returnTo: string;
  since: number;
}

/** The state store of passport-oauth2 has room for one login a session; two tabs need two. */
class TabStore {
  private readonly tabs = new Map<string, Map<string, Pending>>();

  constructor() {
    setInterval(() => {
      const limit = Date.now() - 15 * 60 * 1000;
      for (const [sid, tabs] of this.tabs) {
        for (const [state, one] of tabs) if (one.since < limit) tabs.delete(state);
        if (!tabs.size) this.tabs.delete(sid);
      }
    }, 60_000).unref();
  }

  store(req: Request, verifier: string, wanted: { nonce: string; returnTo: string }, _meta: unknown, done: (e: unknown, state?: string) => void) {
    const state = randomBytes(24).toString('hex');
    const mine = this.tabs.get(req.sessionID) ?? new Map<string, Pending>();
    mine.set(state, { ...wanted, verifier, since: Date.now() });
    if (mine.size > 15) mine.delete([...mine.keys()][0]);
    this.tabs.set(req.sessionID, mine);
    (req.session as any).pending = true;
    req.session.save((error) => done(error, state));
  }

  verify(req: Request, state: string, _meta: unknown, done: (e: unknown, verifier?: string | false, info?: unknown) => void) {
    const pending = this.take(req.sessionID, state);
    if (!pending) return done(null, false, { closed: true });
    (req as any).pendingLogin = pending;
    done(null, pending.verifier, pending);
  }

  take(sid: string, state: string): Pending | undefined {
    const pending = this.tabs.get(sid)?.get(state);
    this.tabs.get(sid)?.delete(state);
    return pending;
  }

  rename(from: string, to: string) {
    const mine = this.tabs.get(from);
    if (mine) this.tabs.set(to, mine);
  }
}
export const tabs = new TabStore();

class TenantStrategy extends OAuth2Strategy {
  constructor(verify: OAuth2Strategy.VerifyFunctionWithRequest) {
    super(
      {
        // Both are replaced by what discovery says, in useEndpoints.
        authorizationURL: `${issuer}authorize`,
        tokenURL: `${issuer}oauth/token`,
        clientID: process.env.CLIENT_ID as string,
        clientSecret: process.env.CLIENT_SECRET as string,
        callbackURL: `${process.env.BASE_URL}/callback`,
        pkce: true,
        state: true,
        store: tabs as any,
        skipUserProfile: true,
        passReqToCallback: true,
      } as any,
      verify,
    );
    // Our own request: with a time limit, and the secret in the body.
    const oauth2 = (this as any)._oauth2;
    oauth2.getOAuthAccessToken = (code: string, params: Record<string, string>, done: (...args: unknown[]) => void) => {
      tokenRequest({ ...params, code }).then(
        (answer) => done(null, answer.access_token, answer.refresh_token, answer),
        (error) => done(error),
      );
    };
  }

  _createOAuthError(_message: string, error: unknown) {
    return error instanceof PageError ? error : new PageError(502, 'The login failed', 'The tenant did not take the code.', again);
  }

  async useEndpoints() {
    (this as any)._oauth2._authorizeUrl = (await wellKnown()).authorization_endpoint;
  }

  authorizationParams(options: any) {
    return {
      audience: process.env.AUDIENCE,
      nonce: options.state?.nonce,
    };
  }
}

export let strategy: TenantStrategy;

export function useTenant(passport: PassportStatic) {
  strategy = new TenantStrategy(async (req: Request, _access: string, _refresh: string, answer: any, _profile: unknown, done: any) => {
    try {
      if (String(answer.token_type).toLowerCase() !== 'bearer') throw new PageError(502, 'The login failed', 'This is no bearer token.', again);
      const claims = await idTokenClaims(answer.id_token);
      if (claims.nonce !== (req as any).pendingLogin.nonce) {
        throw new PageError(502, 'The login failed', 'The ID token belongs to another login.', again);
      }
      const ticket = randomBytes(24).toString('base64url');
      vault.set(ticket, entryFrom(answer, claims.sub));
      done(null, { claims, ticket });
    } catch (error) {
      done(error);
    }
  });
  passport.use('tenant', strategy);
}
