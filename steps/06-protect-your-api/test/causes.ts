import { AUDIENCE, type Cause, type TestEnvironment } from '../../../shared/checks';
import {
  type Answer,
  challengeOf,
  isSuccess,
  keyRequests,
  openTask,
  requestsToTenant,
  withToken,
} from './request';
import { accessToken } from './tokens';

const READ = 'read:appointments';

/** Why the API does not accept a valid access token: what it asked the tenant, and what it accepts instead. */
export async function whyNotAccepted(on: TestEnvironment, answer: Answer): Promise<Cause> {
  const open = openTask(answer);
  if (open) return { id: 'valid-token-refused', ...open };
  if (answer.status === 404)
    return {
      id: 'no-route',
      cause: 'the API has no route GET /appointments',
      next: 'bring api/app.ts of the step back, and look at its routes',
    };
  const failed = requestsToTenant(on).findLast(({ status }) => status >= 400);
  if (failed)
    return {
      id: 'keys-not-found',
      cause: `the API asked the tenant for ${failed.url.pathname}, which answered ${failed.status}${failed.url.pathname.includes('//') ? ': the issuer ends with a slash, and another one was added' : ''}`,
      next: 'take the address of the keys from jwks_uri in the discovery document',
    };
  const reason = reasonOf(answer);
  if (answer.status >= 500 && keyRequests(on).length === 0 && requestsToTenant(on).length > 0)
    return {
      id: 'discovery-refused',
      cause: `the API read the discovery document, and did not fetch the keys at its jwks_uri${reason ? `: it says that ${reason}` : ''}. The issuer’s name ends with a slash, which the address in the settings may not have`,
      next: 'compare the issuer of the document without its final slash, then fetch the keys at jwks_uri',
    };
  if (keyRequests(on).length === 0)
    return {
      id: 'keys-not-fetched',
      cause:
        'the API never asked the tenant for its keys. A key in the code is right until the tenant signs with another one',
      next: 'fetch the discovery document, then the keys at its jwks_uri',
    };
  if (answer.status === 403 && isSuccess(await withToken(on, await accessToken(on, { scope: READ }))))
    return {
      id: 'scope-not-split',
      cause: `a token with the scope ${READ} is accepted, and one with more scopes is not: scope is not split at its spaces (RFC 6749, section 3.3)`,
      next: "split scope with split(' ')",
      task: '6.4',
    };
  if (answer.status === 403)
    return {
      id: 'valid-token-403',
      cause: 'the token has every scope of the API and no claim permissions: the API demands something else',
      next: 'demand the scope of the route, and look at permissions only where the token has that claim',
      task: '6.4',
    };
  const { issuer } = on.tenant;
  const without = issuer.replace(/\/$/, '');
  if (isSuccess(await withToken(on, await accessToken(on, { iss: without }))))
    return {
      id: 'issuer-without-slash',
      cause: `iss is compared with ${without}. The issuer’s name ends with a slash, in discovery and in every token: ${issuer}`,
      next: 'compare iss with the issuer that the discovery document names',
      task: '6.2',
    };
  if (isSuccess(await withToken(on, await accessToken(on, { aud: `${AUDIENCE}/` }))))
    return {
      id: 'audience-with-slash',
      cause: `aud is compared with ${AUDIENCE}/, and the identifier has no slash at its end`,
      next: 'compare aud with AUDIENCE as it is',
      task: '6.2',
    };
  if (isSuccess(await withToken(on, await accessToken(on, {}, { typ: 'at+jwt' }))))
    return {
      id: 'typ-demanded',
      cause:
        'only tokens with the typ at+jwt are accepted. Auth0 writes JWT, unless the API uses the profile of RFC 9068',
      next: 'accept both, or do not compare typ',
      task: '6.2',
    };
  if (answer.status === 503)
    return {
      id: 'keys-not-kept',
      cause: `the API fetched the keys, and answers that it has none${reason ? `: ${reason}` : ''}. It does not store them, or takes them for too old`,
      next: 'look at what the method that fetches the keys stores, and when',
    };
  return {
    id: answer.status >= 500 ? 'valid-token-fails' : 'valid-token-refused',
    cause: reason ? `the API says: ${reason}` : 'not known: the API gives no reason',
    next: 'compare what the guards demand with the claims of the token; the workbench shows them',
  };
}

/** The API's own reason: in the challenge, or in its problem details. */
function reasonOf(answer: Answer): string | undefined {
  const { detail } = Object(answer.json) as { detail?: unknown };
  const text = /\berror_description="([^"]*)"/.exec(challengeOf(answer))?.[1] ?? detail;
  return typeof text === 'string' ? text.replace(/\.$/, '') : undefined;
}
