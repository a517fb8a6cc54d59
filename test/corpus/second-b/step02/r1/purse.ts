// The tokens. A purse is replaced as a whole; nothing in it is ever changed.
import { randomBytes } from 'node:crypto';
import * as oauth from 'oauth4webapi';

interface Purse {
  readonly sub: string;
  readonly access: string;
  readonly refresh?: string;
  readonly id?: string;
  readonly scope: string;
  readonly issued: number;
  readonly refreshed?: number;
  readonly ends?: number;
  readonly soon?: number;
}
const purses = new Map<string, Purse>();

function purseOf(answer: oauth.TokenEndpointResponse, sub: string, last?: Purse): Purse {
  const now = Date.now();
  const life = answer.expires_in === undefined ? undefined : answer.expires_in * 1000;
  return {
    sub,
    access: answer.access_token,
    refresh: answer.refresh_token ?? last?.refresh,
    id: answer.id_token ?? last?.id,
    scope: answer.scope ?? last?.scope ?? '',
    issued: last?.issued ?? now,
    refreshed: last && now,
    ends: life === undefined ? undefined : now + life,
    soon: life === undefined ? undefined : now + life - Math.min(30_000, life / 10),
  };
}

export function fillPurse(answer: oauth.TokenEndpointResponse, sub: string): string {
  const name = randomBytes(16).toString('hex');
  purses.set(name, purseOf(answer, sub));
  return name;
}
export const emptyPurse = (name = '') => void purses.delete(name);
export const idTokenIn = (name = '') => purses.get(name)?.id;
export const grantedScopes = (name = '') => (purses.get(name)?.scope ?? '').split(' ').filter(Boolean);
