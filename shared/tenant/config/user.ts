import { createHash } from 'node:crypto';
import type { CustomPasswordHash } from './password-hash';

export interface Identity {
  /** As in tenant.yaml. */
  connection: string;
  /** auth0, google-oauth2, samlp, … */
  provider: string;
  /** Without the provider. */
  user_id: string;
  isSocial: boolean;
}

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

export type Known = { [K in keyof Attributes]?: Attributes[K] | undefined };

/** Auth0's normalized profile. Users are replaced, never changed. */
export interface User extends Attributes {
  /** auth0|…, google-oauth2|…, samlp|NAME|… */
  readonly user_id: string;
  /** ISO 8601. */
  created_at: string;
  updated_at: string;
  blocked: boolean;
  user_metadata: Record<string, unknown>;
  app_metadata: Record<string, unknown>;
  /** The first one is the user's connection. */
  identities: Identity[];
  /** Other claims, e.g. SAML attributes that no fieldsMap names. */
  attributes?: Record<string, unknown> | undefined;
  logins_count: number;
  /** ISO 8601; absent before the first login. */
  last_login?: string | undefined;
  last_ip?: string | undefined;
  password_hash?: string | undefined;
  custom_password_hash?: CustomPasswordHash | undefined;
}

export interface ConnectionName {
  name: string;
  strategy: string;
}

/** Without password hashes; other attributes beside the normalized ones. */
export function profileOf({ password_hash: _, custom_password_hash: __, attributes, ...user }: User) {
  return { ...attributes, ...user };
}

export const connectionOf = (user: User): string => user.identities[0]?.connection ?? '';

/** Strategies with several connections for each tenant: the connection's name is part of the account's. */
const SEVERAL = new Set(['oauth2', 'oidc', 'samlp', 'ad', 'adfs', 'waad', 'okta', 'pingfederate']);
const ENTERPRISE = new Set(['auth0', 'oidc', 'samlp', 'ad', 'adfs', 'waad', 'okta', 'pingfederate']);

/** @param id the connection's ID of the user. */
export function identityOf({ name, strategy }: ConnectionName, id: string): Identity {
  return {
    connection: name,
    provider: strategy,
    user_id: SEVERAL.has(strategy) ? `${name}|${id}` : id,
    isSocial: !ENTERPRISE.has(strategy),
  };
}

export const userIdOf = ({ provider, user_id }: Identity): string => `${provider}|${user_id}`;

/** Auth0's defaults: the nickname is the left part of the e-mail address, the name falls back to the address.
 * @param id the name of a user without any. */
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

/** Stable, for a user who has only an e-mail address. */
export const idFromEmail = (email: string): string =>
  createHash('sha256').update(email.toLowerCase()).digest('hex').slice(0, 24);

/** Initials instead of a real tenant's Gravatar, which needs a network. */
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
