import { createHash } from 'node:crypto';
import { membersOf } from '../../lib/json';
import { own } from '../../lib/own';
import type { Message } from '../../recorder';
import { headerOf, kindOf, locationOf, pairsOf, typesOf } from './kind';

/** A value of a message that other messages may have too. */
export interface Mention {
  key: string;
  part: Part;
  name: string;
  /** What happens to it there, e.g. "redeemed". */
  role: string;
}

/** The parts of a message with named values. */
export type Part = 'query' | 'body' | 'header' | 'location' | 'answer' | 'answer header';

/** The S256 challenge of a code_verifier (RFC 7636, section 4.2). */
export const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');

export function mentionsOf(message: Message): Mention[] {
  const kind = kindOf(message);
  const types = typesOf(message);
  const query = [...message.url.searchParams];
  const sent = pairsOf(message.requestBody, types.request);
  const found: Mention[] = [];
  const put = (key: string, value: string, part: Part, name: string, role: string) => {
    if (value !== '') found.push({ key: `${key} ${value}`, part, name, role });
  };
  const each = (pairs: [string, string][], part: Part, roles: Roles) => {
    for (const [name, value] of pairs) {
      for (const [key, role, how] of own(roles, name) ?? [])
        put(key, how ? how(value) : value, part, name, role);
    }
  };
  if (kind === 'authorize') {
    each(query, 'query', REQUEST);
    each(sent, 'body', REQUEST);
  }
  if (kind === 'callback') {
    each(query, 'query', BROUGHT);
    each(sent, 'body', BROUGHT);
  }
  if (kind === 'token') each(sent, 'body', REDEEMED);
  if (kind === 'revoke')
    each(sent, 'body', {
      token: [
        ['refresh', 'revoked'],
        ['access', 'revoked'],
      ],
    });
  if (kind === 'logout') each(query, 'query', { id_token_hint: [['id', 'shown at logout']] });
  const location = locationOf(message);
  if (location) {
    const to = [...location.searchParams];
    if (message.to === 'app' && location.pathname === '/authorize') each(to, 'location', REQUEST_MADE);
    if (message.to === 'tenant') each(to, 'location', ISSUED);
  }
  if (kind === 'token') {
    const answer = pairsOf(message.responseBody, types.answer);
    each(answer, 'answer', ANSWERED);
    for (const [name, token] of answer) {
      const nonce = name === 'id_token' ? nonceOf(token) : undefined;
      if (nonce !== undefined) put('nonce', nonce, 'answer', 'id_token', 'in the ID token');
    }
  }
  const bearer = /^bearer\s+(\S+)/i.exec(headerOf(message, 'authorization'))?.[1];
  if (bearer !== undefined) {
    put(
      'access',
      bearer,
      'header',
      'authorization',
      `sent to the ${message.to === 'api' ? 'API' : 'tenant'}`,
    );
    put('id', bearer, 'header', 'authorization', 'sent as if it were an access token');
  }
  if (message.to === 'app') {
    for (const one of headerOf(message, 'cookie').split(/;\s*/))
      if (one.includes('=')) put('cookie', one, 'header', 'cookie', 'sent');
    for (const one of [message.responseHeaders['set-cookie'] ?? []].flat())
      put('cookie', String(one).split(';', 1)[0] ?? '', 'answer header', 'set-cookie', 'set');
  }
  return found;
}

type Roles = Record<string, [key: string, role: string, how?: (value: string) => string][]>;

const REQUEST_MADE: Roles = {
  state: [['state', 'made by the app']],
  nonce: [['nonce', 'made by the app']],
  code_challenge: [['challenge', 'made by the app']],
};
const REQUEST: Roles = {
  state: [['state', 'sent with the request']],
  nonce: [['nonce', 'sent with the request']],
  code_challenge: [['challenge', 'sent with the request']],
};
const ISSUED: Roles = { code: [['code', 'issued']], state: [['state', 'sent back']] };
const BROUGHT: Roles = { code: [['code', 'brought to the app']], state: [['state', 'brought to the app']] };
const REDEEMED: Roles = {
  code: [['code', 'redeemed']],
  code_verifier: [['challenge', 'its verifier', challengeOf]],
  refresh_token: [['refresh', 'used']],
};
const ANSWERED: Roles = {
  access_token: [['access', 'issued']],
  refresh_token: [['refresh', 'issued']],
  id_token: [['id', 'issued']],
};

function nonceOf(token: string): string | undefined {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  const { nonce } = membersOf(payload);
  return typeof nonce === 'string' ? nonce : undefined;
}
