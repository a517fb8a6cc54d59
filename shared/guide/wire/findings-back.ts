import { decodeJwt } from 'jose';
import { attempt } from '../../lib/attempt';
import { membersOf, textOf } from '../../lib/json';
import { headerOf, pairsOf, typesOf } from './kind';
import { marker } from './marker';
import { challengeOf } from './mentions';
import type { Annotation, Entry, Known } from './types';

/** Problems of a token request and its answer. */
export function annotateToken(wire: Known, entry: Entry): Annotation[] {
  const { message } = entry;
  const params = new Map(pairsOf(message.requestBody, typesOf(message).request));
  const marks: Annotation[] = [];
  const mark = marker(marks, 'body');
  const has = (name: string) => (params.get(name) ?? '') !== '';
  const grant = params.get('grant_type');
  if (grant === undefined)
    mark(
      'grant_type',
      'grant_type is missing',
      'Without it, the tenant doesn’t know what the app exchanges for tokens.',
    );
  if (!has('client_secret') && !has('client_assertion') && headerOf(message, 'authorization') === '')
    mark(
      'client_secret',
      'the app does not authenticate',
      'The request has neither client_secret nor an Authorization header. If the tenant accepted this, anybody could redeem a stolen code or token.',
    );
  if (grant === 'authorization_code') marksOfCode(wire, entry, params, mark);
  if (grant === 'refresh_token') {
    const token = params.get('refresh_token');
    const before = wire.where(`refresh ${token}`).find(({ role, n }) => role === 'used' && n < entry.n);
    if (!has('refresh_token'))
      mark('refresh_token', 'refresh_token is missing', 'The tenant needs it to issue new tokens.');
    else if (before)
      mark(
        'refresh_token',
        `used again, first in ${before.n}`,
        'If refresh tokens rotate, a second use means that the token may be stolen. So the tenant revokes all refresh tokens of this login.',
        message.status >= 400 ? 'wrong' : 'note',
      );
  }
  return [...marks, ...marksOfAnswer(wire, entry, params)];
}

function marksOfCode(
  wire: Known,
  entry: Entry,
  params: Map<string, string>,
  mark: ReturnType<typeof marker>,
): void {
  const code = params.get('code') ?? '';
  const request = requestBehind(wire, code);
  const before = wire.where(`code ${code}`).find(({ role, n }) => role === 'redeemed' && n < entry.n);
  if (code === '')
    mark('code', 'code is missing', 'The tenant exchanges the code for tokens, so it needs the code.');
  else if (before)
    mark(
      'code',
      `used twice, first in ${before.n}`,
      'A code is valid only once. A second use means that the code may be stolen. So the tenant refuses it, and revokes the tokens from the first use.',
    );
  const redirect = params.get('redirect_uri');
  const first = request?.get('redirect_uri');
  if (redirect === undefined)
    mark(
      'redirect_uri',
      'redirect_uri is missing',
      'The authorization request has a redirect_uri, so the token request must have the same.',
    );
  else if (first && first !== redirect)
    mark(
      'redirect_uri',
      'not that of the request',
      `The authorization request said ${first}; both must be the same.`,
    );
  const challenge = request?.get('code_challenge');
  const verifier = params.get('code_verifier');
  if (challenge && !verifier)
    mark(
      'code_verifier',
      'code_verifier is missing',
      'The authorization request had a code_challenge, so the tenant accepts the code only with the code_verifier.',
    );
  if (challenge && verifier) {
    const plain = request?.get('code_challenge_method') !== 'S256';
    if ((plain ? verifier : challengeOf(verifier)) !== challenge)
      mark(
        'code_verifier',
        'does not match the challenge',
        'Its hash differs from the code_challenge of the authorization request. So the tenant refuses the code, as it would for somebody who stole it.',
      );
  }
}

/** The authorization request of a code: code, callback, state, request. */
export function requestBehind(wire: Known, code: string): URLSearchParams | undefined {
  for (const { n } of wire.where(`code ${code}`)) {
    const entry = wire.get(n);
    const state = entry && wire.mentions(entry).find(({ key }) => key.startsWith('state '));
    if (!state) continue;
    const asked = wire.where(state.key).find(({ role }) => role === 'sent with the request');
    const request = asked && wire.get(asked.n)?.message;
    if (request)
      return request.method === 'POST' ? new URLSearchParams(request.requestBody) : request.url.searchParams;
  }
  return undefined;
}

function marksOfAnswer(wire: Known, entry: Entry, params: Map<string, string>): Annotation[] {
  const answer = membersOf(entry.message.responseBody);
  const marks: Annotation[] = [];
  const mark = marker(marks, 'answer');
  if (typeof answer.error === 'string')
    mark(
      'error',
      `the tenant answers ${answer.error}`,
      textOf(answer.error_description ?? 'The answer gives no reason.'),
    );
  const request = requestBehind(wire, params.get('code') ?? '');
  const token = answer.access_token;
  if (typeof token === 'string' && token.split('.').length !== 3)
    mark(
      'access_token',
      'it is opaque',
      'The app requested it without an audience. So it is not a JWT, and only /userinfo accepts it.',
      'note',
    );
  if (
    typeof token === 'string' &&
    request?.get('scope')?.split(' ').includes('offline_access') &&
    !answer.refresh_token
  )
    mark(
      'refresh_token',
      'the answer has no refresh token',
      'The app requested offline_access. Also, the API must allow offline access, and the application needs the grant type refresh_token.',
    );
  const nonce = request?.get('nonce');
  if (typeof answer.id_token === 'string' && nonce) {
    const got = claimsOf(answer.id_token).nonce;
    if (got !== nonce)
      mark(
        'id_token',
        'its nonce differs',
        'The ID token was made for another login: the app must refuse it.',
      );
  }
  return marks;
}

/** Problems of a request with an access token. */
export function annotateBearer(wire: Known, { message }: Entry): Annotation[] {
  const authorization = headerOf(message, 'authorization');
  const marks: Annotation[] = [];
  const mark = marker(marks, 'header');
  const inQuery = message.url.searchParams.has('access_token');
  if (inQuery)
    marker(marks, 'query')(
      'access_token',
      'the token is in the address',
      'Logs and browser histories store addresses. Send the token in the Authorization header (RFC 6750, section 2.3).',
    );
  const token = /^bearer\s+(\S+)$/i.exec(authorization)?.[1];
  if (authorization === '') {
    if (!inQuery)
      mark(
        'authorization',
        'no access token was sent',
        'Without Authorization: Bearer and a token, the API does not know the user.',
      );
    return marks;
  }
  if (token === undefined) {
    mark(
      'authorization',
      'not of the form "Bearer TOKEN"',
      'An access token is sent as Authorization: Bearer TOKEN (RFC 6750, section 2.1).',
    );
    return marks;
  }
  if (wire.where(`id ${token}`).some(({ role }) => role === 'issued'))
    mark(
      'authorization',
      'this is the ID token',
      'The ID token is for the app. Send the access token, which names the API in "aud".',
    );
  else if (message.to === 'api' && token.split('.').length !== 3)
    mark(
      'authorization',
      'the token is opaque',
      'The API cannot validate it. The app requested it without an audience.',
    );
  const { exp } = claimsOf(token);
  if (typeof exp === 'number' && exp * 1000 < message.at)
    mark(
      'authorization',
      'the token has expired',
      `It ended ${Math.ceil(message.at / 1000 - exp)} s before it was sent: refresh it, or log in again.`,
    );
  return marks;
}

const claimsOf = (token: string): Record<string, unknown> => attempt(() => decodeJwt(token)) ?? {};
