/** The checks of an access token in the API's order, each with its source. */
export const TOKEN_CHECKS = {
  header: ['It has only the characters of a Bearer token', 'RFC 6750, section 2.1'],
  jwt: ['It is a JWT: header, claims and signature', 'RFC 7519, section 7.2'],
  typ: ['typ is that of an access token', 'RFC 9068, section 4'],
  crit: ['No extension is critical (crit)', 'RFC 7515, section 4.1.11'],
  alg: ['alg is one that the API allows', 'RFC 8725, section 3.1'],
  kid: ['It names its key (kid)', 'RFC 7515, section 4.1.4'],
  key: ['The tenant publishes that key', 'RFC 7517, section 5'],
  signature: ['The signature was made with that key', 'RFC 7515, section 5.2'],
  claims: ['iss, aud, exp and sub are there', 'RFC 9068, section 2.2'],
  iss: ['iss is the tenant', 'RFC 9068, section 4'],
  aud: ['aud contains this API', 'RFC 9068, section 4'],
  times: ['The times are numbers', 'RFC 7519, section 2'],
  nbf: ['It has begun (nbf)', 'RFC 7519, section 4.1.5'],
  exp: ['It has not ended (exp)', 'RFC 7519, section 4.1.4'],
  iat: ['It was not issued in the future (iat)', 'RFC 7519, section 4.1.6'],
  cnf: ['It is bound to no key (cnf)', 'RFC 7800, section 3.1'],
  sub: ['sub names somebody', 'RFC 9068, section 2.2'],
  scope: ['scope is a text', 'RFC 9068, section 2.2.3'],
  permissions: ['permissions, if they are there, are a list of texts', 'Auth0, RBAC for APIs'],
} as const;

export type TokenCheck = keyof typeof TOKEN_CHECKS;
