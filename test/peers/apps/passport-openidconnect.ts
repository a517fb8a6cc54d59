import type passport from 'passport';
import type { MakeApp } from '../peer-process';
import { type Account, passportApp } from './passport-app';

type Verify = (
  issuer: string,
  profile: { id: string; displayName: string; emails?: { value: string }[] },
  context: object,
  idToken: string,
  accessToken: string,
  refreshToken: string | undefined,
  done: (error: unknown, user?: Account) => void,
) => void;
const OpenIDConnectStrategy = require('passport-openidconnect') as new (
  options: object,
  verify: Verify,
) => passport.Strategy;

/** An application as the README of passport-openidconnect has it. The library sends no audience; the tenant's default one counts. */
const makeApp: MakeApp = ({
  API_URL,
  BASE_URL,
  CLIENT_ID,
  CLIENT_SECRET,
  ISSUER_BASE_URL,
  SESSION_SECRET,
}) => {
  const strategy = new OpenIDConnectStrategy(
    {
      issuer: ISSUER_BASE_URL,
      authorizationURL: `${ISSUER_BASE_URL}authorize`,
      tokenURL: `${ISSUER_BASE_URL}oauth/token`,
      userInfoURL: `${ISSUER_BASE_URL}userinfo`,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${BASE_URL}/callback`,
      scope: 'profile email offline_access read:appointments',
      nonce: true,
      skipUserProfile: false,
    },
    (_issuer, { id, displayName, emails }, _context, _idToken, accessToken, refreshToken, done) =>
      done(null, { sub: id, name: displayName, email: emails?.[0]?.value, accessToken, refreshToken }),
  );
  const back = new URLSearchParams({
    client_id: CLIENT_ID,
    post_logout_redirect_uri: `${BASE_URL}/`,
  });
  return passportApp({
    strategy,
    options: {},
    SESSION_SECRET,
    logoutUrl: `${ISSUER_BASE_URL}oidc/logout?${back}`,
    API_URL,
  });
};
export default makeApp;
