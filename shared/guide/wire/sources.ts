export interface Source {
  name: string;
  href: string;
}

/** A purpose, and its source. */
export interface Explained {
  purpose: string;
  source: Source;
}

/** A section of an RFC. */
export const rfc = (number: number, section: string): Source => ({
  name: `RFC ${number}, section ${section}`,
  href: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
});

/** A section of OpenID Connect Core 1.0. */
export const core = (section: string, anchor: string): Source => ({
  name: `OpenID Connect Core, section ${section}`,
  href: `https://openid.net/specs/openid-connect-core-1_0.html#${anchor}`,
});

/** A section of OpenID Connect RP-Initiated Logout 1.0. */
export const logout = (section: string, anchor: string): Source => ({
  name: `RP-Initiated Logout, section ${section}`,
  href: `https://openid.net/specs/openid-connect-rpinitiated-1_0.html#${anchor}`,
});

/** What Auth0 adds to the standards. */
export const auth0 = (name: string, page: string): Source => ({
  name: `Auth0: ${name}`,
  href: `https://auth0.com/docs/${page}`,
});

export const explained = (purpose: string, source: Source): Explained => ({ purpose, source });
