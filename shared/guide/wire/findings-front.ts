import { locationOf, pairsOf, typesOf } from './kind';
import { marker } from './marker';
import type { Part } from './mentions';
import type { Annotation, Entry, Known } from './types';

/** The parameters of a request in the front channel, in the query or in a form. */
function paramsOf({ message }: Entry): { params: Map<string, string>; part: Part } {
  // The app's redirect contains it.
  if (message.to === 'app' && locationOf(message)?.pathname === '/authorize')
    return { params: new Map(locationOf(message)?.searchParams), part: 'location' };
  if (message.method !== 'POST') return { params: new Map(message.url.searchParams), part: 'query' };
  return { params: new Map(pairsOf(message.requestBody, typesOf(message).request)), part: 'body' };
}

/** Problems of an authorization request. */
export function annotateAuthorize(wire: Known, entry: Entry): Annotation[] {
  const { params, part } = paramsOf(entry);
  // The tenant has the whole request already.
  if (params.has('request_uri') || params.has('request')) return [];
  const marks: Annotation[] = [];
  const mark = marker(marks, part);
  const has = (name: string) => (params.get(name) ?? '') !== '';
  if (!has('client_id'))
    mark(
      'client_id',
      'client_id is missing',
      'Without it, the tenant doesn’t know which app sends the request.',
    );
  const type = params.get('response_type');
  if (type !== 'code')
    mark(
      'response_type',
      type ? `response_type is "${type}"` : 'response_type is missing',
      'Only "code" begins the Authorization Code Flow. Other values return tokens in an address, and logs and browser histories store addresses.',
    );
  const redirect = params.get('redirect_uri') ?? '';
  // An accepted callback was listed at that time, whatever tenant.yaml contains now.
  const refused = entry.message.status === 0 || entry.message.status >= 400;
  // The checks have their own tenant.
  const listed = refused && !entry.checks ? wire.callbacks(params.get('client_id') ?? '') : undefined;
  if (redirect === '')
    mark(
      'redirect_uri',
      'redirect_uri is missing',
      'Without it, the tenant doesn’t know where to send its answer.',
    );
  else if (listed && !listed.includes(redirect))
    mark(
      'redirect_uri',
      'redirect_uri is not listed',
      `The tenant sends codes only to callbacks that are listed for the app, to the character: ${listed.join(', ') || 'none is'}.`,
    );
  if (!has('state'))
    mark(
      'state',
      'state is missing',
      'Without it, the app accepts any answer. An attacker’s page could log the user in as somebody else (CSRF).',
    );
  if (!has('code_challenge'))
    mark(
      'code_challenge',
      'PKCE is missing',
      'Without code_challenge, an attacker can use a stolen code in another login.',
    );
  else if (params.get('code_challenge_method') !== 'S256')
    mark(
      has('code_challenge_method') ? 'code_challenge_method' : 'code_challenge',
      'the challenge is the verifier itself',
      'Without code_challenge_method=S256, the method is "plain". Then anybody who reads this address can exchange the code.',
    );
  const scopes = (params.get('scope') ?? '').split(' ');
  if (!scopes.includes('openid'))
    mark(
      'scope',
      'scope has no openid',
      'Without it, the tenant sends no ID token, and the app does not know who logged in.',
      'note',
    );
  else if (!has('nonce'))
    mark(
      'nonce',
      'nonce is missing',
      'Without it, the app cannot know whether the ID token belongs to this login.',
      'note',
    );
  if (!has('audience') && !has('resource'))
    mark(
      'audience',
      'audience is missing',
      'Unless the tenant has a default audience, only /userinfo accepts the access token. Other APIs refuse it.',
      'note',
    );
  return marks;
}

/** Problems of the answer that the browser brings. */
export function annotateCallback(wire: Known, entry: Entry): Annotation[] {
  const { params, part } = paramsOf(entry);
  const marks: Annotation[] = [];
  const mark = marker(marks, part);
  const error = params.get('error');
  if (error !== undefined)
    mark(
      'error',
      `the tenant answers ${error}`,
      params.get('error_description') ?? 'The answer gives no reason.',
    );
  const state = params.get('state') ?? '';
  const sent = wire.where(`state ${state}`).some(({ role }) => /^(sent with|made by)/.test(role));
  if (state === '')
    mark(
      'state',
      'state is missing',
      'The app cannot know whether this answer belongs to a login that it began. It must refuse the answer.',
    );
  else if (!sent)
    mark(
      'state',
      'no request had this state',
      'This answer belongs to no recorded login. The app must refuse it.',
    );
  const code = params.get('code');
  const before = wire
    .where(`code ${code}`)
    .find(({ role, n }) => role === 'brought to the app' && n < entry.n);
  if (before)
    mark(
      'code',
      `brought a second time, first in ${before.n}`,
      'This happens when the user reloads the page. A code is valid only once, so the app must not exchange it again.',
      'note',
    );
  return marks;
}
