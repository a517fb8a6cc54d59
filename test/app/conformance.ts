import { parseForgery } from '../../shared/faults/forgery-text';
import { ANN } from '../support/workshop';
import { LyingTenant, Visitor } from './lying-tenant';

/** The tenant, and the step whose app is tried. */
export interface Scene {
  tenant: LyingTenant;
  step: number;
}

/** Does what the suite's test does. @returns whether the app behaves as the test wants. */
export type Module = (scene: Scene) => Promise<boolean>;

/** Milliseconds after which openid-client reads the tenant's keys again, and some more. */
const KEYS_AGAIN = 6 * 60_000;
/** Milliseconds after which an access token has expired. */
const EXPIRED = 2 * 60 * 60_000;

/** Runs an app while something is done with a visitor. */
async function withApp<T>(
  { tenant, step }: Scene,
  work: (visitor: Visitor) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  const app = await tenant.start(step, env);
  const visitor = new Visitor(app.origin);
  try {
    return await work(visitor);
  } finally {
    tenant.faults.clear();
    visitor.close();
    await app.close();
  }
}

const logsIn: Module = (scene) =>
  withApp(scene, async (visitor) => {
    await visitor.logIn();
    return visitor.isLoggedIn();
  });

/** The app refuses what the tenant answers: a page says so, and nobody is logged in. */
const refuses =
  (...changes: string[]): Module =>
  (scene) =>
    withApp(scene, async (visitor) => {
      scene.tenant.forge(parseForgery(changes));
      return (await visitor.logIn()) >= 400 && !(await visitor.isLoggedIn());
    });

/** The app logs the user in, although the tenant's answer is changed. */
function accepts(change: () => string): Module {
  return (scene) =>
    withApp(scene, async (visitor) => {
      scene.tenant.forge(parseForgery([change()]));
      await visitor.logIn();
      return visitor.isLoggedIn();
    });
}

/** A client must find the only key there is, without kid too. */
const withOneKey: Module = async ({ step }) => {
  const tenant = new LyingTenant();
  try {
    await tenant.open();
    return await withApp({ tenant, step }, async (visitor) => {
      tenant.forge(parseForgery(['id_token.header.kid=']));
      await visitor.logIn();
      return visitor.isLoggedIn();
    });
  } finally {
    await tenant.close();
  }
};

/** With several keys it may try them, or refuse. */
const withSeveralKeys: Module = async (scene) => {
  await scene.tenant.test.tenant.rotateKeys();
  return refuses('id_token.header.kid=')(scene);
};

/** Between two logins the tenant signs with another key. */
const afterRotation: Module = (scene) =>
  withApp(scene, async (visitor) => {
    await visitor.logIn();
    await signWithNewKey(scene);
    const second = new Visitor(visitor.origin);
    try {
      return await later(KEYS_AGAIN, async () => {
        await second.logIn();
        return second.isLoggedIn();
      });
    } finally {
      second.close();
    }
  });

/** While the user is at the tenant it begins to sign with another key. */
const rotationBeforeSigning: Module = (scene) =>
  withApp(scene, async (visitor) => {
    const first = await visitor.browser.get(`${visitor.origin}/login`);
    await signWithNewKey(scene);
    await visitor.browser.logIn(first, ANN);
    return visitor.isLoggedIn();
  });

/** The key that was announced signs first, and after it one that no app has seen. */
async function signWithNewKey({ tenant }: Scene): Promise<void> {
  for (let i = 0; i < 2; i++) await tenant.test.tenant.rotateKeys();
}

/** @param ms milliseconds by which the clock of app and tenant is ahead. */
async function later<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const { now } = Date;
  Date.now = () => now() + ms;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}

/** The access token has expired; how often the API is called after the refresh, and with which status the page ends. */
const refreshed = (scene: Scene, ...changes: string[]) =>
  withApp(scene, async (visitor) => {
    await visitor.logIn();
    const { apiTokens } = scene.tenant;
    if (changes.length > 0) scene.tenant.forge(parseForgery(changes, 'refresh'));
    return later(EXPIRED, async () => {
      const before = apiTokens.length;
      const { status } = await visitor.browser.get(`${visitor.origin}/appointments`, { follow: false });
      return { calls: apiTokens.length - before, status };
    });
  });

const refreshes: Module = async (scene) => {
  const { calls, status } = await refreshed(scene);
  return calls === 1 && status === 200;
};

/** No call is made with tokens whose ID token is wrong. */
const refusesRefresh =
  (change: string): Module =>
  async (scene) => {
    const { calls, status } = await refreshed(scene, change);
    return calls === 0 && status >= 300;
  };

const withBasic: Module = (scene) =>
  withApp(
    scene,
    async (visitor) => {
      const before = scene.tenant.authorizations.length;
      await visitor.logIn();
      const sent = scene.tenant.authorizations.slice(before);
      return sent.every((one) => one?.startsWith('Basic ')) && (await visitor.isLoggedIn());
    },
    { CLIENT_AUTH: 'basic' },
  );

const otherIssuer: Module = (scene) =>
  withApp(scene, async (visitor) => {
    scene.tenant.forge(parseForgery(['metadata.issuer=https://another-tenant.example/']));
    const { status, url } = await visitor.browser.get(`${visitor.origin}/login`);
    return status >= 500 && url.origin === visitor.origin && !(await visitor.isLoggedIn());
  });

/**
 * The tests of the Basic RP and the Config RP plan of the OpenID Foundation's conformance suite, by their names
 * (`oidcc-client-basic-certification-test-plan`, `oidcc-client-config-certification-test-plan`).
 * Undefined where the app does nothing that the test looks at.
 */
export const MODULES: ReadonlyMap<string, Module | undefined> = new Map([
  ['oidcc-client-test', logsIn],
  ['oidcc-client-test-invalid-iss', refuses('id_token.iss=https://another-tenant.example/')],
  ['oidcc-client-test-missing-sub', refuses('id_token.sub=')],
  ['oidcc-client-test-invalid-aud', refuses('id_token.aud=another-application')],
  ['oidcc-client-test-missing-iat', refuses('id_token.iat=')],
  ['oidcc-client-test-kid-absent-single-jwks', withOneKey],
  ['oidcc-client-test-kid-absent-multiple-jwks', withSeveralKeys],
  ['oidcc-client-test-idtoken-sig-rs256', logsIn],
  ['oidcc-client-test-idtoken-sig-none', refuses('id_token.header.alg=none')],
  ['oidcc-client-test-invalid-sig-rs256', refuses('id_token.key=unpublished')],
  ['oidcc-client-test-userinfo-invalid-sub', undefined],
  ['oidcc-client-test-nonce-invalid', refuses('id_token.nonce=another-nonce')],
  ['oidcc-client-test-scope-userinfo-claims', undefined],
  ['oidcc-client-test-client-secret-basic', withBasic],
  ['oidcc-client-test-discovery-openid-config', logsIn],
  ['oidcc-client-test-discovery-jwks-uri-keys', logsIn],
  ['oidcc-client-test-discovery-issuer-mismatch', otherIssuer],
  ['oidcc-client-test-signing-key-rotation-just-before-signing', rotationBeforeSigning],
  ['oidcc-client-test-signing-key-rotation', afterRotation],
]);

/** The refresh plan (`oidcc-client-refreshtoken-test-plan`), which belongs to no certification; for apps that refresh. */
export const REFRESH_MODULES: ReadonlyMap<string, Module> = new Map([
  ['oidcc-client-test-refresh-token', refreshes],
  [
    'oidcc-client-test-refresh-token-invalid-issuer',
    refusesRefresh('id_token.iss=https://another-tenant.example/'),
  ],
  ['oidcc-client-test-refresh-token-invalid-sub', refusesRefresh('id_token.sub=auth0|somebody-else')],
]);

/** Those that do not stand in the suite: what a client may leave out for a token that came straight from the token endpoint. */
export const HARDENING: ReadonlyMap<string, Module> = new Map([
  ['a signature of a key that is not published', refuses('id_token.key=unpublished')],
  ['no signature', refuses('id_token.header.alg=none')],
  ['a signature by the client secret', refuses('id_token.header.alg=HS256')],
  ['another algorithm of the right key', refuses('id_token.header.alg=PS256')],
  ['an unknown kid', refuses('id_token.header.kid=unknown')],
  ['no iat', refuses('id_token.iat=')],
  ['an iat that is no number', refuses('id_token.iat=yesterday')],
  ['the iss of another tenant in the callback', refuses('callback.iss=https://another-tenant.example/')],
  ['no iss in the callback', refuses('callback.iss=')],
]);

/** What openid-client accepts, and the app as well: docs/conformance.md says why. */
export const ACCEPTED: ReadonlyMap<string, Module> = new Map([
  [
    'an `iat` that is ten minutes in the future',
    accepts(() => `id_token.iat=${Math.floor(Date.now() / 1000) + 600}`),
  ],
]);
