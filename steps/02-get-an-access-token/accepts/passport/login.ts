import { type Request, Router } from 'express';
import * as client from 'openid-client';
import { type AuthenticateOptions, Strategy } from 'openid-client/passport';
import passport from 'passport';

/** What the session keeps of a login. */
export interface Account {
  name: string;
  email: string;
  accessToken: string;
}

/** The strategy sends PKCE by itself; the rest of what a login should have is added here. */
class Auth0Strategy extends Strategy {
  override authorizationRequestParams<T extends AuthenticateOptions>(req: Request, options: T) {
    const parameters = new URLSearchParams(super.authorizationRequestParams(req, options));
    parameters.set('audience', process.env.AUDIENCE ?? '');
    parameters.set('state', client.randomState());
    parameters.set('nonce', client.randomNonce());
    return parameters;
  }
}

export function login(config: client.Configuration): Router {
  const callbackURL = `${process.env.BASE_URL ?? 'http://localhost:3000'}/callback`;
  const strategy = new Auth0Strategy(
    { name: 'auth0', config, callbackURL, scope: 'openid profile email' },
    (tokens, verified) => {
      const claims = tokens.claims();
      verified(null, claims && { name: claims.name, email: claims.email, accessToken: tokens.access_token });
    },
  );
  passport.use(strategy);
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user: Express.User, done) => done(null, user));

  return Router()
    .get('/login', passport.authenticate('auth0'))
    .get(
      '/callback',
      // Without a code or an error the strategy would begin a login of its own.
      (req, res, next) => (req.isAuthenticated() ? res.redirect('/profile') : next()),
      passport.authenticate('auth0', { successRedirect: '/profile', failureRedirect: '/sorry' }),
    )
    .get('/sorry', (_req, res) => void res.status(403).send('You are not logged in.'));
}
