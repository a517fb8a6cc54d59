import type { IDToken } from 'openid-client';

/** What the app keeps of the ID token's claims (OpenID Connect Core, section 5.1). */
export interface User {
  sub: string;
  name: string | undefined;
  email: string | undefined;
  picture: string | undefined;
  /** By the names that the tenant gives them. */
  roles: readonly string[];
  office: string | undefined;
}

/** The namespace of the claims that the Action adds. */
const NAMESPACE = 'https://call-your-api.example';

export function userFrom(claims: IDToken): User {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const { sub, name, email, picture } = claims;
  return { sub, name: text(name), email: text(email), picture: text(picture), ...attributesFrom(claims) };
}

/** What the Action put into the ID token; a user without roles has none, and is no error. */
function attributesFrom(claims: IDToken): Pick<User, 'roles' | 'office'> {
  // BEGIN SOLUTION 5.3
  // STUB // Task 5.3: read roles and office from the ID token
  // STUB return { roles: [], office: undefined };
  const roles = claims[`${NAMESPACE}/roles`];
  const office = claims[`${NAMESPACE}/office`];
  return {
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
    office: typeof office === 'string' ? office : undefined,
  };
  // END SOLUTION
}
