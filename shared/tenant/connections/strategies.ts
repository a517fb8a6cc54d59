import type { OwnProviders } from '../../lib/own-providers';
import type { Connection, GoogleConnection, OidcConnection, SamlConnection } from '../config/connections';
import { issuerParts } from '../config/issuer';
import type { ConnectionProfile } from '../users/directory';
import { type ExternalLogins, LoginRefused, type Pending } from './external-logins';
import type { OidcPeer } from './oidc';
import type { SamlPeer, ServiceProvider } from './saml';

/** By redirect, or by a form that the browser sends. */
export type Departure = { to: URL } | { action: string; fields: Record<string, string> };

/** Where every provider sends the browser back. */
export const CALLBACK = '/login/callback';

const GOOGLE = 'https://accounts.google.com';

export interface Place {
  /** With a trailing slash. */
  issuer: string;
  data: string;
  own: OwnProviders | undefined;
}

/** Each protocol is loaded at its first login. */
const oidc = () => require('./oidc') as typeof import('./oidc');
const oauth2 = () => require('./oauth2') as typeof import('./oauth2');
const saml = () => require('./saml') as typeof import('./saml');

/** @param hint the user's e-mail address, if known. @throws LoginRefused when the provider cannot be asked. */
export async function depart(
  place: Place,
  connection: Connection,
  pending: Pending,
  hint: unknown,
): Promise<Departure> {
  if (connection.strategy === 'samlp') return saml().beginSaml(await samlPeer(connection, place), pending);
  const redirect_uri = new URL(CALLBACK, place.issuer).href;
  if (connection.strategy === 'oauth2')
    return { to: await oauth2().beginOAuth2(connection, pending, redirect_uri) };
  const peer = await oidcPeer(connection, place);
  const more = typeof hint === 'string' && hint ? { login_hint: hint } : {};
  return { to: await oidc().beginOidc(peer, pending, redirect_uri, more) };
}

/** @param answer the query of the callback. @throws LoginRefused with the reason. */
export async function arrive(
  place: Place,
  connection: Connection,
  pending: Pending,
  answer: URLSearchParams,
  logins: ExternalLogins,
  onOutput: (text: string) => void,
): Promise<ConnectionProfile> {
  if (connection.strategy === 'samlp')
    return saml().finishSaml(await samlPeer(connection, place), pending, logins);
  const url = new URL(CALLBACK, place.issuer);
  url.search = String(answer);
  if (connection.strategy === 'oauth2') return oauth2().finishOAuth2(connection, pending, url, onOutput);
  return oidc().finishOidc(await oidcPeer(connection, place), pending, url);
}

async function oidcPeer(connection: OidcConnection | GoogleConnection, { own }: Place): Promise<OidcPeer> {
  if (connection.strategy === 'oidc') {
    const { discovery_url, issuer, client_id, client_secret, scope, token_endpoint_auth_method } =
      connection.options;
    return {
      name: connection.display_name ?? connection.name,
      issuer: discovery_url ?? issuer ?? '',
      client_id,
      client_secret,
      scope,
      auth: token_endpoint_auth_method,
    };
  }
  const { client_id, client_secret, scope = ['email', 'profile'] } = connection.options;
  if (client_id !== undefined && client_secret !== undefined)
    return { name: 'Google', issuer: GOOGLE, client_id, client_secret, scope };
  return { ...(await ownProvider(own, 'social', connection)), scope };
}

async function samlPeer(connection: SamlConnection, place: Place): Promise<SamlPeer> {
  const { signInEndpoint, signingCert, cert } = connection.options;
  const certificate = signingCert ?? cert;
  const mine = serviceProvider(connection, place);
  if (signInEndpoint !== undefined && certificate !== undefined) {
    const name = connection.display_name ?? connection.name;
    return { ...mine, name, signInEndpoint, certificate, issuer: undefined };
  }
  const { entityId: issuer, ...own } = await ownProvider(place.own, 'saml', connection);
  return { ...mine, ...own, issuer };
}

/** With Auth0's names. */
function serviceProvider(connection: SamlConnection, { issuer, data }: Place): ServiceProvider {
  const acs = new URL(CALLBACK, issuer);
  acs.searchParams.set('connection', connection.name);
  return {
    connection,
    entityId: connection.options.entityId ?? `urn:auth0:${issuerParts(issuer).tenant}:${connection.name}`,
    acs: acs.href,
    data,
  };
}

export const metadataOf = (connection: SamlConnection, place: Place): Promise<string> =>
  saml().samlMetadata(serviceProvider(connection, place));

/** @throws LoginRefused when the tenant has no workshop providers. */
async function ownProvider<P extends keyof OwnProviders>(
  own: OwnProviders | undefined,
  which: P,
  connection: Connection,
): Promise<Awaited<ReturnType<OwnProviders[P]>>> {
  if (own) return (await own[which]()) as Awaited<ReturnType<OwnProviders[P]>>;
  throw new LoginRefused(
    `the connection ${connection.name} names no provider, and this tenant knows none of the workshop's own`,
    'server_error',
    'No provider is configured for this connection.',
  );
}

/** Auth0's enterprise strategies; the others are social. */
const ENTERPRISE = new Set<Connection['strategy']>(['samlp', 'oidc']);

export function labelOf(connection: Connection): string {
  if (connection.display_name) return connection.display_name;
  if (connection.strategy !== 'google-oauth2') return connection.name;
  return connection.options.client_id === undefined ? 'Gaggle' : 'Google';
}

/** The login page has buttons for social connections, and for enterprise ones with show_as_button, as on a real
 * tenant; for all if there is no other choice. */
export function buttonsFor(connections: readonly Connection[], hasPassword: boolean): Connection[] {
  const shown = connections.filter((one) => one.show_as_button || !ENTERPRISE.has(one.strategy));
  return shown.length > 0 || hasPassword ? shown : [...connections];
}
