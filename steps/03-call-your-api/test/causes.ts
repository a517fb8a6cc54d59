import {
  type Cause,
  json,
  type Page,
  type SampleLogin,
  text,
  unfinished,
  whyUnreadable,
} from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';

type Tokens = SampleLogin['tokens'];

/** What every login may ask for (OpenID Connect Core, sections 5.4 and 11). */
const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access'];

/** Why scopes of the API are not among those that were asked for. */
export function whyNotAsked(scope: string, missing: readonly string[], known: readonly string[]): Cause {
  const asked = scope.split(' ');
  const separated = scope.split(/[\s,;+|]+/);
  if (separated.length > asked.length && missing.every((one) => separated.includes(one))) {
    return {
      id: 'scope-separator',
      cause:
        'the scopes are not separated by spaces (RFC 6749, section 3.3): together they are one long name, which no API defines',
      next: "join them with a space: scopes.join(' ')",
    };
  }
  const unknown = asked.filter((one) => one !== '' && ![...OIDC_SCOPES, ...known].includes(one));
  const prefixed = unknown.filter((one) => missing.some((wanted) => one.endsWith(`/${wanted}`)));
  if (prefixed.length > 0) {
    return {
      id: 'scope-prefixed',
      cause: `${prefixed.join(' ')} has the API’s address before it, as other providers require. Here the parameter audience names the API, and a scope is a plain name`,
      next: `ask for ${missing.join(' ')}`,
    };
  }
  if (unknown.length > 0) {
    return {
      id: 'scope-unknown',
      cause: `${unknown.join(' ')} is asked for, which the API does not define: scopes are compared letter by letter, and an unknown one is left out silently`,
      next: `write it as in tenant.yaml: ${missing.join(' ')}`,
    };
  }
  return {
    id: 'scope-not-requested',
    cause: `${missing.join(' ')} ${missing.length > 1 ? 'are' : 'is'} not asked for: the access token does not have ${missing.length > 1 ? 'them' : 'it'}, and the API answers 403`,
  };
}

/** What fetch and other clients say of an address at which nobody answers. */
const UNREACHABLE = /fetch failed|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT/;

/** Why the API got no request when the page was asked for. */
export function whyNotCalled(
  page: Page,
  tokens: Tokens,
  tokenRequests: readonly Message[],
  threw: string | undefined,
): Cause {
  if (page.status === 404) return { id: 'api-not-called', cause: 'the app has no route /appointments yet' };
  const task = unfinished(page);
  if (task) return { id: 'api-not-called', ...task };
  if (tokens.access_token !== undefined && page.body.includes(tokens.access_token)) return TOKEN_IN_PAGE;
  if (tokenRequests.some(({ requestBody }) => /client_credentials/.test(requestBody))) {
    return {
      id: 'client-credentials',
      cause:
        'the app requests its own token (grant_type=client_credentials), which belongs to no user: the API does not know whose appointments to show',
      next: 'use the access token that the user’s login brought',
    };
  }
  if (page.status >= 500) {
    return {
      id: 'api-not-reached',
      cause:
        threw === undefined
          ? 'nothing was sent to API_URL, and the app does not say why'
          : UNREACHABLE.test(threw)
            ? 'the call went to another address than API_URL. The audience is a name, and nobody listens there'
            : `the call failed before it was sent: ${threw}`,
      next: 'build the address from API_URL: new URL("/appointments", API_URL)',
    };
  }
  return {
    id: 'api-not-called',
    cause:
      page.url.pathname === '/appointments'
        ? 'the page does not call the API, or at another address than API_URL'
        : `GET /appointments leads a user who is logged in to ${page.url.pathname}`,
  };
}

/** The token left the server. */
export const TOKEN_IN_PAGE: Cause = {
  id: 'token-in-page',
  cause:
    'the page has the access token in its HTML: any script in the page and every extension can take it away',
  next: 'call the API on the server, and give the page nothing but the appointments',
};

/** The access tokens that a login and the refreshes after it brought, oldest first. */
export function accessTokensOf(login: Tokens, tokenRequests: readonly Message[]): string[] {
  const answers = [login];
  for (const { requestBody, responseBody } of tokenRequests) {
    const sent = new URLSearchParams(requestBody).get('refresh_token');
    if (sent !== null && answers.some(({ refresh_token }) => refresh_token === sent))
      answers.push(json(responseBody));
  }
  return answers.flatMap(({ access_token }) => access_token ?? []);
}

/** Why the API gave no list. */
export function whyNoList(
  calls: readonly Message[],
  { access_token: token = '', scope = '' }: Tokens,
): Cause {
  const last = calls.at(-1);
  const challenge = String(last?.responseHeaders['www-authenticate'] ?? '');
  if (last?.status === 404) {
    return {
      id: 'wrong-path',
      cause: `the API has nothing at ${last.url.pathname}: its path is /appointments`,
      next: 'compare the path with the API’s description in the lesson',
    };
  }
  if (last?.status === 401 && token !== '' && token.split('.').length !== 3) {
    return {
      id: token.split('.').length === 5 ? 'token-is-encrypted' : 'token-is-opaque',
      cause: whyUnreadable(token),
      next: 'fix what 2.audience finds: npm run check -- 2',
    };
  }
  if (last?.status === 403) {
    return {
      id: 'scope-not-granted',
      cause: `the access token lacks a scope: the API wants ${/scope="([^"]*)"/.exec(challenge)?.[1] ?? 'another one'}, and the tenant granted ${scope}`,
      next: 'fix what 3.scopes-requested finds',
    };
  }
  if (last === undefined)
    return { id: 'appointments-not-shown', cause: 'the API was not called', waitsFor: '3.api-called' };
  return {
    id: 'appointments-not-shown',
    cause: 'the API did not accept the call',
    waitsFor: '3.api-called',
  };
}

/** Why the page does not show what the API gave. */
export function whyNotShown(page: Page): string {
  if (page.status >= 400) return `the API gave the list, and the app made ${page.status} of it`;
  const words = text(page);
  if (words.includes('[object Promise]'))
    return 'a promise is shown as it is: response.json() gives one, which must be awaited';
  if (words.includes('[object Object]'))
    return 'a whole object is shown as text: the title is a property of each appointment';
  return 'the answer is {"appointments": […]}: the list is in that property, and response.json() gives a promise of it';
}
