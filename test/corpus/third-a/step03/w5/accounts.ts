import type { TokenEndpointResponse } from 'openid-client';

export type Tokens = {
  access_token: string;
  refresh_token?: string;
  scope?: string;
  issuedAt: number;
  expiresAt?: number;
};
export type Account = { user: Record<string, unknown> & { sub: string }; tokens?: Tokens; forced: boolean; until: number };

export const LIFETIME = 8 * 3600 * 1000;
const accounts = new Map<string, Account>();
setInterval(() => {
  for (const [id, account] of accounts) if (account.until < Date.now()) accounts.delete(id);
}, 60_000).unref();

/** Who is logged in by this session identifier. Tokens never leave this process but to the API and the tenant. */
export const accountOf = (id: string) => {
  const account = accounts.get(id);
  return account && account.until > Date.now() ? account : undefined;
};
export const open = (id: string, account: Account) => void accounts.set(id, account);
export const close = (id: string) => void accounts.delete(id);

export function tokensFrom(answer: TokenEndpointResponse, before?: Tokens): Tokens {
  return {
    access_token: answer.access_token,
    refresh_token: answer.refresh_token ?? before?.refresh_token,
    scope: answer.scope ?? before?.scope,
    issuedAt: Date.now(),
    expiresAt: answer.expires_in === undefined ? undefined : Date.now() + answer.expires_in * 1000,
  };
}

export class LoginNeeded extends Error {}
export class Refused extends Error {}

export async function withToken<T>(id: string, work: (accessToken: string) => Promise<T>): Promise<T> {
  const tokens = accountOf(id)?.tokens;
  if (!tokens) throw new LoginNeeded();
  return work(tokens.access_token);
}
