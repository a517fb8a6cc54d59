import { membersOf, textOf } from '../../lib/json';
import { own } from '../../lib/own';
import type { Message } from '../../recorder';

/** The purpose of a message, by its sender and receiver. */
export type Kind = keyof typeof TITLES;

const TITLES = {
  login: 'The user wants to log in',
  authorize: 'Authorization request: the browser goes to the tenant',
  'tenant page': 'A page of the tenant: the user logs in or consents',
  callback: 'The browser brings the tenant’s answer to the app',
  'app page': 'A page of the app',
  token: 'Token request: the app requests tokens from the tenant',
  revoke: 'The app revokes a token',
  userinfo: 'The app requests the user’s profile from the tenant',
  logout: 'The browser goes to the tenant to log out',
  discovery: 'requests the addresses of the tenant’s endpoints',
  jwks: 'fetches the tenant’s public keys',
  api: 'The app calls the API',
  other: 'A message',
} as const;

/** Who asks the tenant for its public documents. */
const SENDERS: Record<Message['from'], string> = {
  browser: 'The browser',
  app: 'The app',
  tenant: 'The tenant',
  api: 'The API',
};

export const titleOf = (kind: Kind, from: Message['from'] = 'app'): string =>
  kind === 'discovery' || kind === 'jwks' ? `${SENDERS[from]} ${TITLES[kind]}` : TITLES[kind];

const AT_TENANT: Record<string, Kind> = {
  '/authorize': 'authorize',
  '/oauth/token': 'token',
  '/oauth/revoke': 'revoke',
  '/userinfo': 'userinfo',
  '/v2/logout': 'logout',
  '/oidc/logout': 'logout',
  '/.well-known/jwks.json': 'jwks',
  '/.well-known/openid-configuration': 'discovery',
  '/.well-known/oauth-authorization-server': 'discovery',
};

export function kindOf(message: Pick<Message, 'from' | 'to' | 'url'> & { requestBody?: string }): Kind {
  const { from, to, url } = message;
  if (to === 'api') return 'api';
  if (to === 'tenant') return own(AT_TENANT, url.pathname) ?? (from === 'browser' ? 'tenant page' : 'other');
  if (to !== 'app') return 'other';
  const params = url.search === '' ? new URLSearchParams(message.requestBody ?? '') : url.searchParams;
  if (params.has('code') || (params.has('error') && params.has('state'))) return 'callback';
  return url.pathname === '/login' ? 'login' : 'app page';
}

/** Form fields or members of a JSON object as pairs; none for other text. */
export function pairsOf(text: string, type: string): [string, string][] {
  if (/urlencoded/.test(type)) return [...new URLSearchParams(text)];
  return Object.entries(membersOf(text)).map(([name, value]) => [name, textOf(value)]);
}

/** A request header as one text; an app can send several of a name. */
export const headerOf = ({ requestHeaders }: Pick<Message, 'requestHeaders'>, name: string): string =>
  [requestHeaders[name] ?? []].flat().join(name === 'cookie' ? '; ' : ', ');

export function locationOf({
  url,
  responseHeaders,
}: Pick<Message, 'url' | 'responseHeaders'>): URL | undefined {
  const { location } = responseHeaders;
  if (location === undefined || !URL.canParse(String(location), url)) return undefined;
  return new URL(String(location), url);
}

export function typesOf({
  requestHeaders,
  responseHeaders,
}: Pick<Message, 'requestHeaders' | 'responseHeaders'>) {
  return {
    request: String(requestHeaders['content-type'] ?? ''),
    answer: String(responseHeaders['content-type'] ?? ''),
  };
}
