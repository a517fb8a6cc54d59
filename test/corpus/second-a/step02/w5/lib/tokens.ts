/** The tokens of each session, by its id. They never leave this process but to the tenant and the API. */
export interface TokenSet {
  access: string; id?: string; scope: string;
}
const sets = new Map<string, TokenSet>();
export const tokens = {
  get: (sid: string) => sets.get(sid),
  put: (sid: string, set: TokenSet) => void sets.set(sid, set),
  drop: (sid: string) => sets.delete(sid),
};

export function toSet(r: any, askedScope: string, old?: TokenSet): TokenSet {
  return {
    access: r.access_token,
    id: r.id_token ?? old?.id,
    scope: r.scope ?? old?.scope ?? askedScope,
  };
}
