// The tokens, by session. They never leave the server but to the API and the tenant.
import type { TokenSet } from 'openid-client';

export interface Entry {
  access_token: string;
  scope: string;
  sub: string;
}

const entries = new Map<string, Entry>();

export const vault = {
  keep(sid: string, answer: TokenSet, sub: string) {
    entries.set(sid, { sub, access_token: answer.access_token!, scope: answer.scope ?? '' });
  },
  get: (sid: string) => entries.get(sid),
  delete: (sid: string) => void entries.delete(sid),
};
