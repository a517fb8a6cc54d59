/** Tokens by a name that only the session knows. Never in a cookie, never in a page. */
export interface Entry {
  turn: number;
  sub: string;
  accessToken: string;
  refreshToken?: string;
  idToken?: string;
  scope: string;
  issued: number;
  renewed?: number;
  ends?: number;
  renewFrom?: number;
}

export const vault = new Map<string, Entry>();

export function entryFrom(answer: Record<string, any>, sub: string, old?: Entry): Entry {
  const now = Date.now();
  const ms = Number(answer.expires_in) * 1000;
  const ends = Number.isFinite(ms) ? now + ms : undefined;
  return {
    turn: (old?.turn ?? 0) + 1,
    sub,
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token || old?.refreshToken,
    idToken: answer.id_token || old?.idToken,
    scope: answer.scope ?? old?.scope ?? '',
    issued: old?.issued ?? now,
    renewed: old ? now : undefined,
    ends,
    renewFrom: ends && ends - Math.min(30_000, ms / 10),
  };
}
