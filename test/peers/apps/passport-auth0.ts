import type passport from 'passport';
import type { MakeApp } from '../peer-process';
import { type Account, passportApp } from './passport-app';

type Verify = (
  accessToken: string,
  refreshToken: string | undefined,
  extra: object,
  profile: { id: string; displayName: string; emails?: { value: string }[] },
  done: (error: unknown, user?: Account) => void,
) => void;
const Auth0Strategy = require('passport-auth0') as new (options: object, verify: Verify) => passport.Strategy;

/** An application as the README of passport-auth0 has it; it knows a tenant by its domain alone. */
const makeApp: MakeApp = ({
  AUDIENCE,
  API_URL,
  BASE_URL,
  CLIENT_ID,
  CLIENT_SECRET,
  ISSUER_BASE_URL,
  SESSION_SECRET,
}) => {
  const domain = new URL(ISSUER_BASE_URL).host;
  const strategy = new Auth0Strategy(
    {
      domain,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${BASE_URL}/callback`,
    },
    (accessToken, refreshToken, _extra, { id, displayName, emails }, done) =>
      done(null, { sub: id, name: displayName, email: emails?.[0]?.value, accessToken, refreshToken }),
  );
  const back = new URLSearchParams({ client_id: CLIENT_ID, returnTo: `${BASE_URL}/` });
  return passportApp({
    strategy,
    options: { scope: 'openid email profile offline_access read:appointments', audience: AUDIENCE },
    SESSION_SECRET,
    logoutUrl: `https://${domain}/v2/logout?${back}`,
    API_URL,
  });
};
export default makeApp;
