import * as oidc from 'openid-client';

/** One row for each session. The browser never gets any of it. */
export interface Credential {
  access_token: string;
  scope: string;
  sub: string;
  issuedAt: number;
  expiresAt: number;
}
const table = new Map<string, Credential>();

export const find = (sid: string) => table.get(sid);
export const remove = (sid: string) => void table.delete(sid);

export function keep(sid: string, answer: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers, asked: string) {
  table.set(sid, attributes(answer, { scope: asked, sub: answer.claims()!.sub }));
}

function attributes(answer: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers, before: Partial<Credential>): Credential {
  const now = Date.now();
  const life = answer.expires_in === undefined ? Infinity : answer.expires_in * 1000;
  return {
    access_token: answer.access_token,
    scope: answer.scope ?? before.scope ?? '',
    sub: before.sub!,
    issuedAt: before.issuedAt ?? now,
    expiresAt: now + life,
  };
}
