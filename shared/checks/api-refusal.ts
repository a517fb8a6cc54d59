import { membersOf } from '../lib/json';
import { type Message, mask } from '../recorder';
import { AUDIENCE } from './audience';
import type { Cause } from './diagnosis';
import type { SampleLogin } from './types';

/** Why the API does not accept a call: from what was sent, compared with the tokens of the login if they are given, else
 * from the API's own reason. */
export function whyRefused(
  call: Message,
  { access_token: token, id_token }: SampleLogin['tokens'] = {},
  tokenRequests: readonly Message[] = [],
): Cause {
  const { url, requestHeaders } = call;
  const { authorization } = requestHeaders;
  if (authorization === undefined) return whyNoHeader(call, token);
  const { scheme, sent } = credentialsIn(authorization);
  if (sent && url.search.includes(sent))
    return {
      id: 'token-in-query',
      cause:
        'the token is in the header, and in the address too, which every log on the way stores; an API takes it in one place only (RFC 6750, section 2)',
      next: 'leave it out of the address',
    };
  const claims = claimsOf(sent ?? scheme);
  if ((sent ?? scheme) === id_token || (claims && ('nonce' in claims || 'at_hash' in claims)))
    return {
      id: 'id-token-sent',
      cause: `the ID token that was sent is for ${audiencesOf(claims).join(' and ')} (aud): it identifies the user to the app, and its audience is the app, not the API`,
    };
  if (sent === undefined && scheme.length > LONGEST_SCHEME)
    return {
      id: 'no-bearer-prefix',
      cause: 'the word Bearer and a space are missing before the token (RFC 6750, section 2.1)',
    };
  if (sent === undefined || NO_VALUE.test(sent))
    return {
      id: 'no-token-sent',
      cause: `${sent ?? 'nothing'} is in the place of the token: what was put there is not the token. The tenant’s answer calls it access_token, and a promise must be awaited`,
      next: 'look at what you put after the word Bearer, and where it comes from',
    };
  if (!/^bearer$/i.test(scheme))
    return {
      id: 'wrong-scheme',
      cause: `the token follows ${scheme}, where the word Bearer belongs (RFC 6750, section 2.1)`,
    };
  if (tokenRequests.some(({ responseBody }) => membersOf(responseBody).access_token === sent))
    return {
      id: 'token-of-another-user',
      cause:
        'the access token of another login was sent: the app stores it in one place for everybody, such as a variable of the module or the defaults of a client',
      next: 'keep the tokens in the session, and hand the user’s own token to each call',
    };
  if (isEncrypted(sent) || (!claims && token === undefined))
    return { id: isEncrypted(sent) ? 'token-is-encrypted' : 'token-is-opaque', cause: whyUnreadable(sent) };
  if (claims && !audiencesOf(claims).includes(AUDIENCE))
    return {
      id: 'wrong-audience',
      cause: `the token that was sent is for ${audiencesOf(claims).join(' and ')} (aud), and the API takes access tokens for ${AUDIENCE}`,
    };
  if (token !== undefined)
    return { id: 'wrong-authorization', cause: 'not known: neither of the tokens of this login was sent' };
  return { id: 'wrong-authorization', cause: reasonOf(call) };
}

/** Longer than the name of any scheme, and shorter than any token. */
const LONGEST_SCHEME = 20;
/** What a template makes of a value that is missing, or no text. */
const NO_VALUE = /^(undefined|null|\[object \w+\])$/;

const isEncrypted = (token: string): boolean => token.split('.').length === 5;

const audiencesOf = (claims: Record<string, unknown> | undefined): string[] =>
  [claims?.aud].flat().map(String);

function credentialsIn(authorization: string): { scheme: string; sent: string | undefined } {
  const [, scheme = '', sent] = /^(\S+)(?: +(.*))?$/.exec(authorization) ?? [];
  return { scheme, sent };
}

function whyNoHeader({ url, requestHeaders }: Message, token: string | undefined): Cause {
  const none = { id: 'no-authorization', cause: 'the request has no Authorization header' };
  if (token === undefined) return none;
  if (url.search.includes(token))
    return {
      id: 'token-in-query',
      cause: 'the token is in the address, which every log on the way stores',
    };
  const other = Object.entries(requestHeaders).find(([, value]) => String(value).includes(token));
  if (!other) return none;
  return {
    id: 'token-in-other-header',
    cause: `the token is sent in the header ${other[0]}, which some tutorials made up for their own API: the standard’s is Authorization (RFC 6750, section 2.1)`,
  };
}

function reasonOf({ status, responseHeaders }: Message): string {
  const challenge = String(responseHeaders['www-authenticate'] ?? '');
  const member = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1];
  if (status === 403) return `the access token lacks the scope ${member('scope') ?? 'that the API wants'}`;
  return `the API says: ${member('error_description') ?? member('error') ?? `${status}, without a reason`}`;
}

/** What was sent as Authorization, for people to read: no token in full. */
export function authorizationOf({ requestHeaders: { authorization } }: Message): string {
  if (authorization === undefined) return 'no Authorization';
  const { scheme, sent } = credentialsIn(authorization);
  if (sent === undefined) return `Authorization: ${/^\w{1,10}$/.test(scheme) ? scheme : mask(authorization)}`;
  return `Authorization: ${scheme} ${NO_VALUE.test(sent) ? sent : mask(sent)}`;
}

/** Why an API cannot read a token that is no JWT. */
export function whyUnreadable(token: string): string {
  return isEncrypted(token)
    ? 'the access token has five parts: it is encrypted for the tenant alone, as a real tenant issues it when the login names no API (audience)'
    : 'the access token is opaque, good for the tenant’s /userinfo only: the login did not say for which API it is (audience)';
}

/** The claims of a JWT, which is not verified; undefined for a token without a payload that can be read. */
export function claimsOf(token: string): Record<string, unknown> | undefined {
  const [, payload = '', ...others] = token.split('.');
  const claims = others.length === 1 ? membersOf(Buffer.from(payload, 'base64url').toString()) : {};
  return Object.keys(claims).length > 0 ? claims : undefined;
}
