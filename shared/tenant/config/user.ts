import { createHash } from 'node:crypto';
import type { CustomPasswordHash } from './password-hash';

/** One way in which a user logs in. */
export interface Identity {
  /** The connection's name in tenant.yaml. */
  connection: string;
  /** The connection's strategy: auth0, google-oauth2, samlp, … */
  provider: string;
  /** user_id without the provider before it. */
  user_id: string;
  isSocial: boolean;
}

/** What a connection knows of a user, and what the tenant makes of it; absent where nobody knows. */
export interface Attributes {
  email?: string | undefined;
  email_verified: boolean;
  username?: string | undefined;
  name: string;
  nickname: string;
  picture: string;
  given_name?: string | undefined;
  family_name?: string | undefined;
}

/** As much of it as somebody says. */
export type Known = { [K in keyof Attributes]?: Attributes[K] | undefined };

/** A user with the normalized profile of Auth0. Users are replaced, never changed: whoever holds one keeps what it saw. */
export interface User extends Attributes {
  /** The provider, then what it calls the user: auth0|…, google-oauth2|…, samlp|NAME|… */
  readonly user_id: string;
  /** ISO 8601, as the next one. */
  created_at: string;
  updated_at: string;
  blocked: boolean;
  user_metadata: Record<string, unknown>;
  app_metadata: Record<string, unknown>;
  /** The first one is the connection that the user belongs to. */
  identities: Identity[];
  /** What else a connection says of the user, e.g. SAML attributes that no fieldsMap names. */
  attributes?: Record<string, unknown> | undefined;
  logins_count: number;
  /** ISO 8601; absent before the first login. */
  last_login?: string | undefined;
  last_ip?: string | undefined;
  password_hash?: string | undefined;
  custom_password_hash?: CustomPasswordHash | undefined;
}

/** A connection, as far as the account names of its users need it. */
export interface ConnectionName {
  name: string;
  strategy: string;
}

/** The user as everybody may see it: without password hashes, the connection's other attributes beside the normalized ones. */
export function profileOf({ password_hash: _, custom_password_hash: __, attributes, ...user }: User) {
  return { ...attributes, ...user };
}

/** The name of the connection that a user belongs to. */
export const connectionOf = (user: User): string => user.identities[0]?.connection ?? '';

/** Strategies of which a tenant may have several connections: there the connection's name is a part of the account's. */
const SEVERAL = new Set(['oauth2', 'oidc', 'samlp', 'ad', 'adfs', 'waad', 'okta', 'pingfederate']);
const ENTERPRISE = new Set(['auth0', 'oidc', 'samlp', 'ad', 'adfs', 'waad', 'okta', 'pingfederate']);

/**
 * A user's account at a connection, named as on a real tenant.
 *
 * @param id what the connection calls the user.
 */
export function identityOf({ name, strategy }: ConnectionName, id: string): Identity {
  return {
    connection: name,
    provider: strategy,
    user_id: SEVERAL.has(strategy) ? `${name}|${id}` : id,
    isSocial: !ENTERPRISE.has(strategy),
  };
}

export const userIdOf = ({ provider, user_id }: Identity): string => `${provider}|${user_id}`;

/**
 * Fills in what a connection leaves open, as Auth0's normalized profile has it: the nickname is the left part of the e-mail address,
 * the name falls back to the address.
 *
 * @param id what to call a user of whom nothing else is known.
 */
export function normalized(given: Known, id: string): Attributes {
  const { email, email_verified = false, username, name, nickname, picture, given_name, family_name } = given;
  const nick = nickname ?? username ?? email?.split('@', 1)[0] ?? id;
  return {
    email,
    email_verified,
    username,
    name: name ?? email ?? nick,
    nickname: nick,
    picture: picture ?? initials(name ?? nick),
    given_name,
    family_name,
  };
}

/** An account's number that is the same each time, for a user of whom only the e-mail address is known. */
export const idFromEmail = (email: string): string =>
  createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 24);

/** A picture that needs no network, where a real tenant has a Gravatar: the user's initials. */
function initials(name: string): string {
  const letters = name
    .split(/\s+/)
    .map((word) => word[0]?.toUpperCase() ?? '')
    .join('')
    .slice(0, 2)
    .replace(/[^A-Z]/g, '');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" fill="#5b4b8a"/><text x="32" y="41" font-family="sans-serif" font-size="26" text-anchor="middle" fill="#fff">${letters}</text></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}
