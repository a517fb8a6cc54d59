export const PATHS = {
  authorization: '/authorize',
  token: '/oauth/token',
  userinfo: '/userinfo',
  revocation: '/oauth/revoke',
  end_session: '/oidc/logout',
  jwks: '/.well-known/jwks.json',
  pushed_authorization_request: '/oauth/par',
} as const;
