import type { IDToken } from 'openid-client';

/** What the app keeps of the ID token's claims (OpenID Connect Core, section 5.1). */
export interface User {
  sub: string;
  name: string | undefined;
  email: string | undefined;
  picture: string | undefined;
}

export function userFrom({ sub, name, email, picture }: IDToken): User {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { sub, name: text(name), email: text(email), picture: text(picture) };
}
