import path from 'node:path';
import { expect } from 'chai';
import type { Browser } from '../../shared/browser';
import { managementAccount } from '../../shared/tenant/management/system-api';
import { AUDIENCE, Client } from '../support/client';
import type { World } from '../support/providers';
import { ANN } from '../support/workshop';
import { NAMES } from './foreign';
import type { Target } from './requests';

type Running = { origin: string };
export interface Parties {
  world: World;
  app: Running;
  api: Running;
  guide: Running;
  browser: Browser;
}
/** By the party that is asked. */
export type Targets = Record<'app' | 'tenant' | 'management' | 'api' | 'providers' | 'guide', Target[]>;

/** What the Management API lists. */
const KINDS = [
  'clients',
  'resource-servers',
  'client-grants',
  'connections',
  'roles',
  'actions/actions',
  'rules',
  'hooks',
  'users',
];

/** Everything that each party can be asked, once with nothing and once with what a user or application has. */
export async function allTargets({ world, app, api, guide, browser }: Parties): Promise<Targets> {
  const { tenant } = world;
  const portOf = (origin: string) => Number(new URL(origin).port);
  const at = (origin: string, lines: readonly string[], headers: Record<string, string> = {}): Target[] =>
    lines.map((line) => {
      const [method = '', where = ''] = line.split(' ');
      return { port: portOf(origin), method, path: where, headers };
    });
  const page = await browser.logIn(await browser.get(`${app.origin}/login`), ANN);
  expect(page.url.pathname, 'Ann is logged in').to.equal('/profile');
  const account = await managementAccount(path.join(world.folder, 'data'));
  const granted = async (parameters: Record<string, string>) => {
    const answer = await fetch(`${tenant.issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
    });
    return String(((await answer.json()) as { access_token: unknown }).access_token);
  };
  const management = await granted({ ...account, audience: `${tenant.issuer}api/v2/` });
  const listed = async (kind: string): Promise<string[]> => {
    const answer = await fetch(`${tenant.issuer}api/v2/${kind}`, {
      headers: { authorization: `Bearer ${management}` },
    });
    const found = (await answer.json()) as Record<string, string>[] | { actions: Record<string, string>[] };
    return (Array.isArray(found) ? found : found.actions).flatMap(
      (one) => one.id ?? one.client_id ?? one.user_id ?? [],
    );
  };
  const known = (
    await Promise.all(
      KINDS.map(async (kind) =>
        (await listed(kind)).slice(0, 2).map((id) => `/api/v2/${kind}/${encodeURIComponent(id)}`),
      ),
    )
  ).flat();
  const machine = await granted({
    client_id: world.credentials('MACHINE').client_id ?? '',
    client_secret: world.credentials('MACHINE').client_secret ?? '',
    audience: AUDIENCE,
  });
  const opened = new Client(tenant);
  const login = await opened.browser.get(opened.authorizeUrl({ redirect_uri: `${app.origin}/callback` }), {
    within: tenant.origin,
  });
  const atLogin = { cookie: await opened.browser.cookies(login.url) };
  opened.browser.close();
  const inherited = (line: string) => NAMES.slice(0, 3).map((name) => `${line}${name}`);
  return {
    app: [
      ...at(app.origin, [
        'GET /',
        'GET /login',
        'GET /callback',
        'POST /callback',
        'GET /profile',
        'GET /appointments',
        'POST /appointments',
        'POST /logout',
        'GET /token',
        'GET /office',
        ...inherited('GET /'),
      ]),
      ...at(
        app.origin,
        [
          'GET /login',
          'GET /callback',
          'GET /appointments',
          'POST /appointments',
          'GET /profile',
          'GET /token',
          'GET *',
          'OPTIONS *',
          ...inherited('POST /appointments/'),
        ],
        { cookie: await browser.cookies(app.origin), origin: app.origin },
      ),
    ],
    tenant: [
      ...at(tenant.origin, [
        ...[
          '/authorize',
          '/oauth/token',
          '/oauth/revoke',
          '/oauth/par',
          '/userinfo',
          '/v2/logout',
          '/oidc/logout',
          '/login/callback',
          '/continue',
          '/samlp/metadata',
          '/unblock',
          '/u/login/x',
          '//',
          '/%',
          '/',
        ].flatMap((where) => [`GET ${where}`, `POST ${where}`]),
        'PUT /authorize',
        'DELETE /oauth/token',
        'OPTIONS /oauth/token',
        'OPTIONS *',
        'GET http://',
        'GET /.well-known/jwks.json',
        ...inherited('GET /u/'),
        ...inherited('GET /.well-known/'),
        ...inherited('POST /oauth/'),
      ]),
      ...at(
        tenant.origin,
        [
          `GET ${login.url.pathname}`,
          `POST ${login.url.pathname}`,
          `GET ${login.url.pathname}/with/constructor`,
          `GET ${login.url.pathname}/answer`,
        ],
        atLogin,
      ),
    ],
    management: [
      ...at(
        tenant.origin,
        [
          ...KINDS.flatMap((kind) => [
            `GET /api/v2/${kind}`,
            `POST /api/v2/${kind}`,
            `GET /api/v2/${kind}/constructor`,
            `PATCH /api/v2/${kind}/__proto__`,
          ]),
          ...known.map((id) => `PATCH ${id}`),
          ...known
            .filter((id) => /users|roles/.test(id))
            .flatMap((id) => [
              `POST ${id}/roles`,
              `POST ${id}/users`,
              `POST ${id}/permissions`,
              `DELETE ${id}/permissions`,
              `DELETE ${id}/roles`,
            ]),
          'PUT /api/v2/rules-configs/constructor',
          'PATCH /api/v2/tenants/settings',
          'PATCH /api/v2/attack-protection/brute-force-protection',
          'PATCH /api/v2/actions/triggers/post-login/bindings',
          'GET /api/v2/constructor',
        ],
        { authorization: `Bearer ${management}` },
      ),
    ],
    api: [
      ...at(api.origin, [
        'GET /appointments',
        'POST /appointments',
        'DELETE /appointments/x',
        ...inherited('GET /'),
      ]),
      ...at(api.origin, ['GET /appointments', 'POST /appointments', ...inherited('DELETE /appointments/')], {
        authorization: `Bearer ${machine}`,
      }),
    ],
    providers: [world.social, world.saml.origin].flatMap((origin) =>
      at(origin, [
        'GET /',
        'GET /authorize',
        'POST /authorize',
        'POST /oauth/token',
        'POST /token',
        'GET /sso',
        'POST /sso',
        'GET /metadata',
        'GET http://',
        'GET *',
        'GET /userinfo',
        'GET /sign-in/x',
        'POST /sign-in/x',
        'POST /sign-out',
        'GET //',
        ...inherited('GET /'),
        ...inherited('GET /assets/'),
      ]),
    ),
    guide: at(
      guide.origin,
      [
        'GET /',
        'GET /wire',
        'GET /wire/1',
        'GET /wire/export.mmd',
        'GET /wire/export.sh',
        'GET /tokens',
        'GET /tokens/seen',
        'POST /tokens',
        'POST /tokens',
        'GET /tenant',
        'GET /faults',
        ...inherited('GET /'),
        ...inherited('GET /wire/'),
        ...inherited('GET /steps/'),
        ...inherited('GET /steps/02/files/'),
        ...inherited('POST /faults/'),
        ...inherited('POST /steps/02/tasks/'),
        ...inherited('GET /assets/'),
      ],
      { origin: guide.origin },
    ),
  };
}
