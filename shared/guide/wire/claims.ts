import { own } from '../../lib/own';
import { auth0, core, type Explained, explained, rfc } from './sources';

/** The meaning of a token's claim. */
export function explainClaim(name: string): Explained | undefined {
  return own(CLAIMS, name) ?? (/^https?:/.test(name) ? OWN : undefined);
}

/** The meaning of a member of a JWT's header. */
export function explainJwtHeader(name: string): Explained | undefined {
  return own(HEADER, name);
}

const OWN = explained(
  'A claim of the tenant’s own: an address as its name keeps it apart from others.',
  auth0('custom claims', 'secure/tokens/json-web-tokens/create-custom-claims'),
);

const HEADER: Record<string, Explained> = {
  alg: explained(
    'How it is signed. The API takes only what it expects, and never "none".',
    rfc(7515, '4.1.1'),
  ),
  kid: explained('Which of the tenant’s keys signed it.', rfc(7515, '4.1.4')),
  typ: explained('Which kind of token it is: at+jwt is an access token.', rfc(9068, '2.1')),
};

/** The claims of a user, in an ID token and from /userinfo. */
export const PROFILE: Record<string, Explained> = {
  name: explained('The full name.', core('5.1', 'StandardClaims')),
  nickname: explained('A casual name.', core('5.1', 'StandardClaims')),
  given_name: explained('The first name.', core('5.1', 'StandardClaims')),
  family_name: explained('The last name.', core('5.1', 'StandardClaims')),
  picture: explained('The address of a picture.', core('5.1', 'StandardClaims')),
  email: explained('The e-mail address.', core('5.1', 'StandardClaims')),
  email_verified: explained(
    'Whether the address was proven to be the user’s.',
    core('5.1', 'StandardClaims'),
  ),
  updated_at: explained('When the profile was changed last.', core('5.1', 'StandardClaims')),
};

const CLAIMS: Record<string, Explained> = {
  iss: explained('The tenant that issued it.', rfc(7519, '4.1.1')),
  sub: explained('Whom it is about: the user, or the app itself.', rfc(7519, '4.1.2')),
  aud: explained(
    'Whom it is for. An API takes only tokens that name it; an ID token names the app.',
    rfc(7519, '4.1.3'),
  ),
  exp: explained('When it ends.', rfc(7519, '4.1.4')),
  nbf: explained('When it begins.', rfc(7519, '4.1.5')),
  iat: explained('When it was issued.', rfc(7519, '4.1.6')),
  jti: explained('Its own number.', rfc(7519, '4.1.7')),
  azp: explained('The app that asked for it.', core('2', 'IDToken')),
  client_id: explained('The app that asked for it.', rfc(9068, '2.2')),
  scope: explained(
    'What the user allowed this app to do at the API, separated by spaces.',
    rfc(9068, '2.2.3'),
  ),
  permissions: explained(
    'What the user may do at the API, with whatever app. The API asks for both: scope and permissions must allow it.',
    auth0('RBAC', 'manage-users/access-control/rbac'),
  ),
  gty: explained('How it was come by.', auth0('access tokens', 'secure/tokens/access-tokens')),
  nonce: explained('What the app sent with its request: this token answers that one.', core('2', 'IDToken')),
  sid: explained('The session at the tenant.', {
    name: 'OpenID Connect Back-Channel Logout, section 2.1',
    href: 'https://openid.net/specs/openid-connect-backchannel-1_0.html#OPLogoutSupport',
  }),
  auth_time: explained('When the user typed the password.', core('2', 'IDToken')),
  acr: explained('How surely the user is known.', core('2', 'IDToken')),
  amr: explained('By what the user is known.', core('2', 'IDToken')),
  at_hash: explained('Ties the ID token to the access token.', core('3.1.3.6', 'CodeIDToken')),
  c_hash: explained('Ties the ID token to the code.', core('3.3.2.11', 'HybridIDToken')),
  ...PROFILE,
};
