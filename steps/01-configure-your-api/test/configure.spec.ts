import { AUDIENCE, type Cause, check, expectThat, type TestEnvironment } from '../../../shared/checks';

const SCOPES = ['read:appointments', 'create:appointments', 'delete:appointments'];
const CALLBACK = 'http://localhost:3000/callback';
const LOGGED_OUT = 'http://localhost:3000/';

/** What the tenant says of itself: the same as its page and `npm run -s tenant -- --show`. */
const apiOf = (on: TestEnvironment) => on.tenant.overview().apis.find((api) => api.identifier === AUDIENCE);
/** The web application whose credentials the app gets; others may stand before it. */
const applicationOf = (on: TestEnvironment) => {
  const { applications } = on.tenant.overview();
  const { CLIENT_ID } = on.tenant.settings();
  return applications.find(({ client_id }) => client_id === CLIENT_ID) ?? applications[0];
};

function api(on: TestEnvironment) {
  const found = apiOf(on);
  const others = on.tenant.overview().apis.map((one) => one.identifier);
  const seen = others.length > 0 ? `the tenant has ${others.join(', ')}` : 'the tenant has no API';
  expectThat(found !== undefined, () => ({
    ...whyNoApi(on, others),
    expected: `an API with the identifier ${AUDIENCE}`,
    seen,
    next: `describe it in my-app/tenant.yaml: identifier: ${AUDIENCE}`,
    waitsFor: '1.api-described',
  }));
  return found;
}

function whyNoApi(on: TestEnvironment, others: string[]): { id: string; cause: string } {
  if (others.some((one) => one.replace(/\/+$/, '') === AUDIENCE))
    return {
      id: 'audience-typo',
      cause: 'a final slash makes it another identifier: identifiers are compared letter by letter',
    };
  if (others.some((one) => /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])\b/.test(one)))
    return {
      id: 'identifier-is-address',
      cause: 'the identifier is a name, not the address where the API listens: nobody ever calls it',
    };
  if (on.tenant.overview().applications.some(({ name }) => name === 'Appointments API'))
    return {
      id: 'application-for-api',
      cause: 'the API was registered as an application: an API is under resourceServers',
    };
  if (others.length > 0)
    return {
      id: 'audience-typo',
      cause: 'the identifier differs, most likely by a typo: it is compared letter by letter',
    };
  return { id: 'no-api', cause: 'no API is described under resourceServers yet' };
}

function application(on: TestEnvironment) {
  const found = applicationOf(on);
  expectThat(found !== undefined, () => ({
    ...(on.tenant.overview().apis.some(({ name }) => name === 'Day Planner')
      ? {
          id: 'api-for-application',
          cause: 'the application was described as an API: an application is under clients',
        }
      : { id: 'no-application', cause: 'no application is registered under clients yet' }),
    expected: 'a web application under clients',
    seen: `the tenant knows no application${on.tenant.overview().apis.length > 0 ? ', only an API' : ' and no API'}`,
    next: 'add it to my-app/tenant.yaml under clients: name: Day Planner, app_type: regular_web',
    waitsFor: '1.application-registered',
  }));
  return found;
}

describe('01 Configure your API', () => {
  check('1.api-described', '1.1', 'the tenant knows the Appointments API by its identifier', async (on) => {
    api(on);
  });

  check('1.scopes-defined', '1.2', 'the API defines its three scopes', async (on) => {
    const { scopes } = api(on);
    const missing = SCOPES.filter((scope) => !scopes.some(({ value }) => value === scope));
    expectThat(missing.length === 0, () => ({
      id: 'scope-not-defined',
      expected: `the scopes ${SCOPES.join(', ')}`,
      seen: `the API defines ${scopes.map(({ value }) => value).join(', ') || 'none'}`,
      cause: scopes.some(({ value }) => missing.includes(value.split(':').reverse().join(':')))
        ? 'a scope has its noun first: the API asks for verb:noun, letter by letter'
        : `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not defined at the API: such a scope is left out of tokens, and nothing says so`,
      next: 'add what is missing under scopes, each with a value and a description',
    }));
  });

  check(
    '1.scopes-described',
    '1.2',
    'each scope has a description that the consent page can show',
    async (on) => {
      const { scopes } = api(on);
      const without = scopes.filter(({ description }) => description.trim() === '');
      expectThat(scopes.length > 0, () => ({
        id: 'scope-not-defined',
        expected: 'a description for each scope',
        seen: 'the API defines no scope',
        cause: 'there is nothing to describe yet',
        next: 'define the scopes first',
        waitsFor: '1.scopes-defined',
      }));
      expectThat(without.length === 0, () => ({
        id: 'scope-not-described',
        expected: 'a description for each scope',
        seen: `${without.map(({ value }) => value).join(', ')} ${without.length > 1 ? 'have' : 'has'} none`,
        cause: 'the consent page shows the description, not the value',
        next: 'add a description to each scope in tenant.yaml',
      }));
    },
  );

  check('1.lifetime', '1.3', 'an access token lives one hour', async (on) => {
    const { token_lifetime } = api(on);
    expectThat(token_lifetime === 3600, () => ({
      id: 'lifetime',
      expected: 'token_lifetime: 3600 (seconds)',
      seen: `token_lifetime is ${token_lifetime}`,
      cause:
        token_lifetime === 86_400
          ? 'it is not set, so the default of one day applies'
          : token_lifetime === 60
            ? 'the value is in minutes, and the tenant reads seconds'
            : 'the lifetime differs',
      next: 'set token_lifetime: 3600 at the API',
    }));
  });

  check('1.offline-access', '1.3', 'the API allows offline access', async (on) => {
    expectThat(api(on).allow_offline_access, () => ({
      id: 'offline-access-not-allowed',
      expected: 'allow_offline_access: true',
      seen: 'the API does not allow offline access',
      cause:
        'it is false or not set: then no application gets a refresh token for this API, and no error appears',
      next: 'set allow_offline_access: true at the API',
    }));
  });

  check('1.application-registered', '1.4', 'the tenant knows the web application', async (on) => {
    application(on);
    expectThat(on.tenant.settings().CLIENT_ID !== undefined, () => ({
      id: 'not-a-web-application',
      expected: 'an application with app_type: regular_web',
      seen: `applications of other types only: ${on.tenant
        .overview()
        .applications.map(({ name }) => name)
        .join(', ')}`,
      cause: 'a web application with a server has the type regular_web',
      next: 'set app_type: regular_web',
    }));
  });

  check('1.callback-listed', '1.4', 'the tenant may send users back to the app', async (on) => {
    const { callbacks, client_id } = application(on);
    const page = await on.browser().get(authorizeUrl(on, client_id, undefined), { follow: false });
    expectThat(page.status >= 300 && page.status < 400, () => ({
      id: 'callback-not-listed',
      expected: `${CALLBACK} among the callbacks`,
      of: page,
      seen: `GET /authorize with redirect_uri=${CALLBACK} answered ${page.status}; the callbacks are ${callbacks.join(', ') || 'none'}`,
      cause: whyNotListed(callbacks),
      next: `add ${CALLBACK} to callbacks`,
    }));
  });

  check('1.logout-listed', '1.4', 'the tenant may send users back to the app after a logout', async (on) => {
    const { client_id } = application(on);
    const url = new URL('/v2/logout', on.tenant.issuer);
    url.search = new URLSearchParams({ client_id, returnTo: LOGGED_OUT }).toString();
    const page = await on.browser().get(url, { follow: false });
    expectThat(page.headers.location === LOGGED_OUT, () => ({
      id: 'logout-not-listed',
      expected: `${LOGGED_OUT} among the allowed_logout_urls`,
      of: page,
      seen: `GET /v2/logout with returnTo=${LOGGED_OUT} answered ${page.status}`,
      cause:
        'the address is not on the list of the application, letter by letter: the tenant shows its own error page after a logout',
      next: `add ${LOGGED_OUT} to allowed_logout_urls`,
    }));
  });

  check('1.code-grant', '1.5', 'the application may use the authorization code grant', async (on) => {
    grant(on, 'authorization_code');
  });

  check('1.database-enabled', '1.5', 'the users of the database may log in with it', async (on) => {
    const { databases, name } = application(on);
    expectThat(databases.length > 0, () => ({
      id: 'no-connection',
      expected: `${name} among the enabled_clients of a database`,
      seen: 'no database has the application in its list',
      cause: NO_CONNECTION,
      next: `add ${name} to enabled_clients, under databases`,
    }));
  });

  check('1.refresh-grant', '1.5', 'the application may use refresh tokens, and they rotate', async (on) => {
    // The default would do: what counts is that the learner decided it.
    grant(on, 'refresh_token');
    const { rotates, expires } = application(on);
    expectThat(rotates, () => ({
      id: 'no-rotation',
      expected: 'refresh_token: with rotation_type: rotating',
      seen: 'refresh tokens do not rotate',
      cause: 'without rotation a stolen refresh token works as long as the real one, and nobody notices',
      next: 'set refresh_token: rotation_type: rotating at the application',
    }));
    expectThat(expires, () => ({
      id: 'refresh-token-never-expires',
      expected: 'refresh_token: with expiration_type: expiring',
      seen: 'refresh tokens never expire',
      cause: 'expiration_type is not set, or says non-expiring: then an unused refresh token never expires',
      next: 'set refresh_token: expiration_type: expiring at the application',
    }));
  });

  check('1.service-found', '1.5', 'the tenant issues codes for this audience', async (on) => {
    api(on);
    const { client_id } = application(on);
    const page = await on.browser().get(authorizeUrl(on, client_id, AUDIENCE), { follow: false });
    const location = page.headers.location ?? '';
    const reason = new URL(location, on.tenant.issuer).searchParams.get('error_description');
    expectThat(!location.includes('error='), () => ({
      expected: 'a redirect to the login page',
      of: page,
      seen: `GET /authorize answered ${page.status} with ${reason}`,
      ...whyRefused(reason ?? ''),
    }));
  });
});

const NO_CONNECTION =
  'a database lists the applications that may use it, and a new application is on no list: then nobody can log in with it';

/** Why the tenant refused a request whose audience it knows. */
function whyRefused(reason: string): Cause & { next: string } {
  if (/Grant type 'authorization_code'/.test(reason)) {
    return {
      id: 'no-authorization-code-grant',
      cause:
        'the application may not use the authorization code grant: only the grants that are listed are allowed',
      next: 'add authorization_code to grant_types (task 1.5)',
      waitsFor: '1.code-grant',
    };
  }
  if (/no connections enabled/.test(reason)) {
    return {
      id: 'no-connection',
      cause: NO_CONNECTION,
      next: 'add the application to enabled_clients, under databases (task 1.5)',
      waitsFor: '1.database-enabled',
    };
  }
  if (/PKCE/.test(reason)) {
    return {
      id: 'public-client',
      cause:
        'the application has no secret (token_endpoint_auth_method: none), like an app in a browser or on a phone: the tenant requires PKCE from such applications',
      next: 'set app_type: regular_web and token_endpoint_auth_method: client_secret_post (task 1.4)',
    };
  }
  return {
    id: 'authorize-refused',
    cause: 'not known: read the tenant’s message',
    next: 'compare what the tenant’s page shows with tenant.yaml',
  };
}

/** How the nearest of the callbacks differs from the app's. */
function whyNotListed(callbacks: string[]): string {
  if (callbacks.some((one) => one.split(',').some((part) => part.trim() === CALLBACK)))
    return 'a comma makes no list here, unlike in the dashboard: write each callback as its own item, with a dash before it';
  const wanted = new URL(CALLBACK);
  const near = callbacks.map((one) => new URL(one));
  const sameBut = (part: 'protocol' | 'hostname' | 'port' | 'pathname') =>
    near.find((one) =>
      (['protocol', 'hostname', 'port', 'pathname'] as const).every(
        (each) => (one[each] === wanted[each]) !== (each === part),
      ),
    );
  if (sameBut('hostname')?.hostname === '127.0.0.1')
    return '127.0.0.1 is listed, and the app uses localhost: callbacks are compared letter by letter';
  if (sameBut('pathname')?.pathname === `${wanted.pathname}/`) return 'a final slash makes it another URL';
  if (sameBut('pathname')) return 'a callback is listed with its path, and this path differs';
  if (sameBut('protocol'))
    return 'https is listed where the app uses http: they are compared letter by letter';
  if (sameBut('port')) return 'the listed port is not the app’s port, 3000';
  return 'the app’s callback is not on the list, so the tenant shows its own error page, and the app receives nothing';
}

function grant(on: TestEnvironment, type: string): void {
  const { grant_types } = application(on);
  expectThat(grant_types.includes(type), () => ({
    id: `no-${type.replace('_', '-')}-grant`,
    expected: `${type} among the grant_types`,
    seen: `grant_types: ${grant_types.join(', ') || 'none'}`,
    cause: `an application may use only the grants that are listed${
      grant_types.includes('client_credentials')
        ? ', and client_credentials is for programs without a user'
        : ''
    }`,
    next: `add ${type} to grant_types`,
  }));
}

function authorizeUrl(on: TestEnvironment, client_id: string, audience: string | undefined): URL {
  const url = new URL('/authorize', on.tenant.issuer);
  url.search = new URLSearchParams({
    client_id,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    state: 'a-state-of-the-check',
    ...(audience === undefined ? {} : { audience }),
  }).toString();
  return url;
}
