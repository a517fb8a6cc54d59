import { own } from '../../lib/own';
import { PROFILE } from './claims';
import { auth0, core, type Explained, explained, logout, rfc } from './sources';

/** Where a parameter is: the same name can have another meaning elsewhere. */
export type Place =
  | 'authorize'
  | 'callback'
  | 'token'
  | 'token answer'
  | 'revoke'
  | 'userinfo answer'
  | 'logout'
  | 'logged out'
  | 'error';

/** The purpose of a parameter, with its source. @returns undefined for one that no standard defines. */
export function explainParameter(place: Place, name: string): Explained | undefined {
  return own(PARAMETERS[place], name) ?? (place === 'error' ? undefined : own(PARAMETERS.error, name));
}

const clientId = 'Names the app that asks: it was given when the app was registered with the tenant.';
const secret =
  'Proves that the app itself asks. Only the app’s server and the tenant know it; it never goes through the browser.';

const PARAMETERS: Record<Place, Record<string, Explained>> = {
  authorize: {
    client_id: explained(clientId, rfc(6749, '2.2')),
    redirect_uri: explained(
      'Where the browser is to bring the answer. The tenant compares it, character by character, with the callbacks that are listed for the app.',
      rfc(6749, '3.1.2'),
    ),
    response_type: explained(
      'What is to come back to the callback: "code" begins the Authorization Code Flow.',
      rfc(6749, '3.1.1'),
    ),
    response_mode: explained(
      'How the answer reaches the callback: in the query (the usual way), or as a form that is posted.',
      {
        name: 'OAuth 2.0 Form Post',
        href: 'https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html',
      },
    ),
    scope: explained(
      'What the app asks for, separated by spaces: openid for an ID token, offline_access for a refresh token, an API’s own scopes for what may be done there.',
      rfc(6749, '3.3'),
    ),
    audience: explained(
      'Which API the access token is for: the identifier of the API. Without it the token is good for /userinfo only.',
      auth0('audience', 'secure/tokens/access-tokens/get-access-tokens'),
    ),
    resource: explained(
      'Which API the access token is for, as the standard calls it; Auth0 asks for it by "audience".',
      rfc(8707, '2'),
    ),
    state: explained(
      'Ties the answer to this log-in in this browser: the app made it up, keeps it in the session, and takes no answer without it.',
      rfc(6749, '10.12'),
    ),
    nonce: explained(
      'Ties the ID token to this log-in: the tenant writes it into the token, and the app compares.',
      core('3.1.2.1', 'AuthRequest'),
    ),
    code_challenge: explained(
      'The hash of a secret that the app keeps (PKCE): only who knows the secret, the code_verifier, can redeem the code.',
      rfc(7636, '4.3'),
    ),
    code_challenge_method: explained(
      'How the challenge was made from the verifier: S256 is the SHA-256 hash, written in base64url.',
      rfc(7636, '4.3'),
    ),
    prompt: explained(
      'Whether the user is asked: none (never), login (again), consent (again), select_account.',
      core('3.1.2.1', 'AuthRequest'),
    ),
    max_age: explained(
      'Seconds that the user’s log-in at the tenant may be old; otherwise the password is asked for again.',
      core('3.1.2.1', 'AuthRequest'),
    ),
    login_hint: explained(
      'Who probably logs in: the tenant writes it into its log-in form.',
      core('3.1.2.1', 'AuthRequest'),
    ),
    id_token_hint: explained(
      'An ID token from before: who is expected to be logged in.',
      core('3.1.2.1', 'AuthRequest'),
    ),
    ui_locales: explained(
      'Languages in which the tenant’s pages are wanted.',
      core('3.1.2.1', 'AuthRequest'),
    ),
    acr_values: explained('How surely the user is to be known.', core('3.1.2.1', 'AuthRequest')),
    connection: explained(
      'Where the user is looked up, without the tenant asking.',
      auth0('connection', 'api/authentication#authorize-application'),
    ),
    request_uri: explained('The request was left with the tenant before; this is its name.', rfc(9126, '4')),
  },
  callback: {
    code: explained(
      'The authorization code: worth tokens once, for some seconds, and only to the app that began the log-in.',
      rfc(6749, '4.1.2'),
    ),
    state: explained(
      'What the app sent with its request, unchanged: the app compares it with the one in the session.',
      rfc(6749, '4.1.2'),
    ),
    iss: explained(
      'Which tenant answers. An app that knows several would otherwise redeem a code at the wrong one.',
      rfc(9207, '2'),
    ),
    session_state: explained('Lets a page notice that the session at the tenant changed.', {
      name: 'OpenID Connect Session Management, section 2',
      href: 'https://openid.net/specs/openid-connect-session-1_0.html#CreatingUpdatingSessions',
    }),
  },
  token: {
    grant_type: explained(
      'What the app has to offer for tokens: a code (authorization_code), a refresh token (refresh_token), or only itself (client_credentials).',
      rfc(6749, '4.1.3'),
    ),
    code: explained('The code that the browser brought. It is used up by this.', rfc(6749, '4.1.3')),
    redirect_uri: explained(
      'The same as in the authorization request: a code that was stolen through another address is not redeemed.',
      rfc(6749, '4.1.3'),
    ),
    client_id: explained(clientId, rfc(6749, '2.3.1')),
    client_secret: explained(secret, rfc(6749, '2.3.1')),
    client_assertion: explained('A token that the app signed, instead of a secret.', rfc(7523, '2.2')),
    client_assertion_type: explained('Which kind of assertion it is.', rfc(7523, '2.2')),
    code_verifier: explained(
      'The secret behind the code_challenge: it proves that whoever redeems the code began the log-in (PKCE).',
      rfc(7636, '4.5'),
    ),
    refresh_token: explained(
      'Gets a new access token without the user. Where refresh tokens rotate, it is used up by this.',
      rfc(6749, '6'),
    ),
    scope: explained('Fewer scopes than were granted; left out, all of them are meant.', rfc(6749, '6')),
    audience: explained(
      'Which API the token is for, where the app asks for itself.',
      auth0('audience', 'secure/tokens/access-tokens/get-access-tokens'),
    ),
    resource: explained('Which API the token is for.', rfc(8707, '2')),
  },
  'token answer': {
    access_token: explained(
      'What the API wants to see. It is for the API: the app passes it on and does not look inside.',
      rfc(6749, '5.1'),
    ),
    token_type: explained('How it is sent: "Bearer" means that whoever has it may use it.', rfc(6749, '7.1')),
    expires_in: explained('Seconds until the access token ends, counted from this answer.', rfc(6749, '5.1')),
    refresh_token: explained(
      'Gets the next access token without the user. It stays on the app’s server.',
      rfc(6749, '5.1'),
    ),
    id_token: explained(
      'Tells the app who logged in. It is for the app only: an API does not take it.',
      core('3.1.3.3', 'TokenResponse'),
    ),
    scope: explained('What was granted, where that is not what was asked for.', rfc(6749, '5.1')),
  },
  revoke: {
    token: explained('The token that is to be good for nothing from now on.', rfc(7009, '2.1')),
    token_type_hint: explained('Which kind of token it is, so that it is found sooner.', rfc(7009, '2.1')),
    client_id: explained(clientId, rfc(6749, '2.3.1')),
    client_secret: explained(secret, rfc(6749, '2.3.1')),
  },
  'userinfo answer': {
    sub: explained('The user, by the tenant’s own identifier.', core('5.3.2', 'UserInfoResponse')),
    ...PROFILE,
    email: explained('The e-mail address; scope email asks for it.', core('5.1', 'StandardClaims')),
  },
  logout: {
    id_token_hint: explained(
      'Whose session is to end: with it the tenant need not ask the user.',
      logout('2', 'RPLogout'),
    ),
    post_logout_redirect_uri: explained(
      'Where the browser goes afterwards; it is listed for the app.',
      logout('2', 'RPLogout'),
    ),
    client_id: explained(clientId, logout('2', 'RPLogout')),
    state: explained('Comes back unchanged.', logout('2', 'RPLogout')),
    logout_hint: explained('Who is to be logged out.', logout('2', 'RPLogout')),
    ui_locales: explained('Languages in which the tenant’s pages are wanted.', logout('2', 'RPLogout')),
    returnTo: explained(
      'Where the browser goes afterwards; it is listed for the app.',
      auth0('log out', 'authenticate/login/logout'),
    ),
    federated: explained(
      'The session with the user’s own provider is to end as well.',
      auth0('log out', 'authenticate/login/logout'),
    ),
  },
  'logged out': {
    state: explained('What the app sent with its request, unchanged.', logout('3', 'RedirectionAfterLogout')),
  },
  error: {
    error: explained('What went wrong, as a word for programs.', rfc(6749, '5.2')),
    error_description: explained('What went wrong, for the developer: no text for users.', rfc(6749, '5.2')),
    error_uri: explained('A page about the error.', rfc(6749, '5.2')),
  },
};
