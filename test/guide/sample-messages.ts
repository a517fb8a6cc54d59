import { challengeOf } from '../../shared/guide/wire/mentions';
import type { Message, Recorder } from '../../shared/recorder';
import type { Signer } from '../support/signer';

export const APP = 'http://localhost:3000';
export const API = 'http://localhost:4002';

/** The messages of a login, by what they are for; a test changes what it wants. */
export interface Parts {
  authorize: URLSearchParams;
  authorizeStatus: number;
  callback: URLSearchParams;
  token: URLSearchParams;
  tokenHeaders: Record<string, string>;
  answer: Record<string, unknown>;
  tokenStatus: number;
  apiHeaders: Record<string, string>;
  apiQuery: string;
}

export interface Secrets {
  code: string;
  verifier: string;
  clientSecret: string;
  access: string;
  id: string;
  refresh: string;
  session: string;
}

/** Plays one login and one call of the API into a recorder, as the parties would send it. */
export async function playLogin(
  recorder: Recorder,
  signer: Signer,
  {
    name = 'one',
    change = () => {},
  }: { name?: string; change?: (parts: Parts, secrets: Secrets) => void } = {},
): Promise<{ secrets: Secrets; messages: Message[] }> {
  const nonce = `nonce-of-${name}-0123456789`;
  const secrets: Secrets = {
    code: `code-of-${name}-0123456789abcdef`,
    verifier: `verifier-of-${name}-0123456789abcdef0123456789`,
    clientSecret: 'client-secret-0123456789abcdef',
    access: await signer.sign({ azp: 'web', jti: name }),
    id: await signer.sign({ aud: 'web', nonce, name: 'Ann Archer', jti: `id-${name}` }),
    refresh: `refresh-of-${name}-0123456789abcdef`,
    session: `session-of-${name}-0123456789abcdef`,
  };
  const state = `state-of-${name}-0123456789`;
  const redirect_uri = `${APP}/callback`;
  const parts: Parts = {
    authorize: new URLSearchParams({
      client_id: 'web',
      response_type: 'code',
      redirect_uri,
      scope: 'openid profile offline_access',
      audience: 'https://api.example',
      state,
      nonce,
      code_challenge: challengeOf(secrets.verifier),
      code_challenge_method: 'S256',
    }),
    authorizeStatus: 303,
    callback: new URLSearchParams({ code: secrets.code, state, iss: signer.issuer }),
    token: new URLSearchParams({
      grant_type: 'authorization_code',
      code: secrets.code,
      redirect_uri,
      code_verifier: secrets.verifier,
      client_id: 'web',
      client_secret: secrets.clientSecret,
    }),
    tokenHeaders: { 'content-type': 'application/x-www-form-urlencoded' },
    answer: {
      access_token: secrets.access,
      id_token: secrets.id,
      refresh_token: secrets.refresh,
      expires_in: 3600,
      token_type: 'Bearer',
    },
    tokenStatus: 200,
    apiHeaders: { authorization: `Bearer ${secrets.access}` },
    apiQuery: '',
  };
  change(parts, secrets);
  const at = Math.max(Date.now(), (recorder.messages.at(-1)?.at ?? 0) + 1);
  let turn = 0;
  const messages: Message[] = [];
  const say = (message: Parameters<Recorder['add']>[0]) => {
    turn += 2;
    messages.push(recorder.add({ at: at + turn, ms: 1, status: 200, ...message }));
  };
  const authorize = new URL(`authorize?${parts.authorize}`, signer.issuer);
  const callback = new URL(`${APP}/callback?${parts.callback}`);
  const cookie = `sid=${secrets.session}`;
  const json = { 'content-type': 'application/json' };
  say({
    from: 'browser',
    to: 'app',
    method: 'GET',
    url: new URL(`${APP}/login`),
    status: 303,
    responseHeaders: { location: authorize.href, 'set-cookie': [`${cookie}; HttpOnly; SameSite=Lax`] },
  });
  say({
    from: 'browser',
    to: 'tenant',
    method: 'GET',
    url: authorize,
    status: parts.authorizeStatus,
    responseHeaders: parts.authorizeStatus === 303 ? { location: callback.href } : {},
  });
  say({
    from: 'browser',
    to: 'app',
    method: 'GET',
    url: callback,
    status: 303,
    requestHeaders: { cookie },
    responseHeaders: { location: '/profile' },
  });
  say({
    from: 'app',
    to: 'tenant',
    method: 'POST',
    url: new URL('oauth/token', signer.issuer),
    requestHeaders: parts.tokenHeaders,
    requestBody: parts.token.toString(),
    status: parts.tokenStatus,
    responseHeaders: json,
    responseBody: JSON.stringify(parts.answer),
  });
  say({
    from: 'app',
    to: 'api',
    method: 'GET',
    url: new URL(`${API}/appointments${parts.apiQuery}`),
    requestHeaders: parts.apiHeaders,
    responseHeaders: json,
    responseBody: '[]',
  });
  return { secrets, messages };
}
