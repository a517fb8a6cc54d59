import type * as oidc from 'openid-client';

/** Tokens by session, apart from the session: a slow request that writes its session cannot bring old ones back. */
export interface Entry {
  accessToken: string;
  idToken?: string;
  scope: string;
}

const entries = new Map<string, Entry>();

type Answer = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

function entryOf(answer: Answer, old?: Entry): Entry {
  return {
    accessToken: answer.access_token,
    idToken: answer.id_token ?? old?.idToken,
    scope: answer.scope ?? old?.scope ?? '',
  };
}

export const vault = {
  put: (id: string, answer: Answer) => void entries.set(id, entryOf(answer)),
  peek: (id: string) => entries.get(id),
  drop: (id: string) => void entries.delete(id),

};

