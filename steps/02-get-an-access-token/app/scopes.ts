/** What the app asks for at every log-in: who the user is (OpenID Connect Core, section 5.4). */
export const scopes: readonly string[] = ['openid', 'profile', 'email'];

/** Scopes that a page may ask for in addition: none yet. */
export const optionalScopes: readonly string[] = [];
