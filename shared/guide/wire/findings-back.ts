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
    mark('grant_type', 'grant_type is missing', 'The tenant cannot know what the app offers for tokens.');
  if (!has('client_secret') && !has('client_assertion') && headerOf(message, 'authorization') === '')
    mark(
      'client_secret',
      'the app does not prove who it is',
      'Neither client_secret nor an Authorization header: anybody could redeem a stolen code or token.',
    );
  if (grant === 'authorization_code') marksOfCode(wire, entry, params, mark);
  if (grant === 'refresh_token') {
    const token = params.get('refresh_token');
    const before = wire.where(`refresh ${token}`).find(({ role, n }) => role === 'used' && n < entry.n);
    if (!has('refresh_token'))
      mark('refresh_token', 'refresh_token is missing', 'There is nothing to get new tokens for.');
    else if (before)
      mark(
        'refresh_token',
        `used again, first in ${before.n}`,
        'Where refresh tokens rotate, a second use looks like a theft: the tenant ends all tokens of this login.',
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
  if (code === '') mark('code', 'code is missing', 'There is nothing to redeem.');
  else if (before)
    mark(
      'code',
      `used twice, first in ${before.n}`,
      'A code is good once. A second use looks like a theft: the tenant refuses it and ends the tokens of the first.',
    );
  const redirect = params.get('redirect_uri');
  const first = request?.get('redirect_uri');
  if (redirect === undefined)
    mark(
      'redirect_uri',
      'redirect_uri is missing',
      'It was in the authorization request, so it must be here too.',
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
      'The request had a code_challenge: the code is not given out without its verifier.',
    );
  if (challenge && verifier) {
    const plain = request?.get('code_challenge_method') !== 'S256';
    if ((plain ? verifier : challengeOf(verifier)) !== challenge)
      mark(
        'code_verifier',
        'does not match the challenge',
        'Its hash is not the code_challenge of the request: the tenant refuses the app, as it would refuse a thief of the code.',
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
      textOf(answer.error_description ?? 'It gives no reason.'),
    );
  const request = requestBehind(wire, params.get('code') ?? '');
  const token = answer.access_token;
  if (typeof token === 'string' && token.split('.').length !== 3)
    mark(
      'access_token',
      'it is opaque',
      'It was asked for without an audience, so it is no JWT and is good for /userinfo only.',
      'note',
    );
  if (
    typeof token === 'string' &&
    request?.get('scope')?.split(' ').includes('offline_access') &&
    !answer.refresh_token
  )
    mark(
      'refresh_token',
      'no refresh token came',
      'offline_access was asked for; the API must allow offline access, and the app the refresh_token grant.',
    );
  const nonce = request?.get('nonce');
  if (typeof answer.id_token === 'string' && nonce) {
    const got = claimsOf(answer.id_token).nonce;
    if (got !== nonce)
      mark(
        'id_token',
        'its nonce is another one',
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
      'Addresses are written to logs and histories. It belongs into the Authorization header (RFC 6750, section 2.3).',
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
      'It is for the app. The API wants the access token, which names the API in "aud".',
    );
  else if (message.to === 'api' && token.split('.').length !== 3)
    mark(
      'authorization',
      'the token is opaque',
      'The API cannot check it: it was asked for without an audience.',
    );
  const { exp } = claimsOf(token);
  if (typeof exp === 'number' && exp * 1000 < message.at)
    mark(
      'authorization',
      'the token has ended',
      `It ended ${Math.ceil(message.at / 1000 - exp)} s before it was sent: refresh it, or log in again.`,
    );
  return marks;
}

const claimsOf = (token: string): Record<string, unknown> => attempt(() => decodeJwt(token)) ?? {};
