import { CONTAINERS } from './container-files';

const SETTINGS: [name: string, example: string, about: string][] = [
  [
    'ISSUER_BASE_URL',
    'https://YOUR_TENANT.eu.auth0.com/',
    'Your tenant: the domain of the application in its dashboard.',
  ],
  ['CLIENT_ID', '', 'The application’s Client ID.'],
  ['CLIENT_SECRET', '', 'The application’s Client Secret. Put it into quotes if it has a #.'],
  ['CLIENT_AUTH', 'post', 'How the application proves who it is: post or basic, as the tenant expects.'],
  ['AUDIENCE', 'https://appointments.example/api', 'The API’s identifier.'],
  ['API_URL', 'http://localhost:4002', 'Where your API listens.'],
  ['SESSION_SECRET', '', 'A secret of at least 32 random characters: openssl rand -hex 32'],
  [
    'BASE_URL',
    'http://localhost:3000',
    'The address of the app in the browser. BASE_URL/callback must be one of the application’s callbacks.',
  ],
  ['PORT', '3000', 'The port on which the app listens.'],
  [
    'STORE_URL',
    'file:store.db',
    'Where sessions and tokens are: memory:, file:PATH for the processes of one machine, or redis://HOST:PORT.',
  ],
  [
    'STORE_KEYS',
    '',
    'The keys that encrypt the tokens, the newest first, separated by commas. Each is 64 hexadecimal characters: openssl rand -hex 32',
  ],
  ['SESSION_IDLE_SECONDS', '86400', 'A session that nobody uses for so long ends.'],
  ['SESSION_ABSOLUTE_SECONDS', '604800', 'A session ends so long after its login.'],
  ['TOKEN_REQUEST_SECONDS', '3', 'How long the tenant may take to answer a request for tokens.'],
  ['LOCK_SECONDS', '10', 'How long one process may refresh tokens alone. Longer than TOKEN_REQUEST_SECONDS.'],
  [
    'TRUST_PROXY',
    'loopback',
    'The proxies whose X-Forwarded-* headers the app believes, if BASE_URL is https.',
  ],
];

/** Whether the app has the stores of step 07. @param sources the texts of its files. */
export const usesStores = (sources: string): boolean => /\bSTORE_URL\b/.test(sources);

export function envExample(sources: string): string {
  const read = SETTINGS.filter(([name]) => new RegExp(`\\b${name}\\b`).test(sources));
  const lines = read.map(([name, example, about]) => `# ${about}\n${name}=${example}\n`);
  return `# Copy this file to .env, which git ignores, and fill it in.\n\n${lines.join('\n')}`;
}

/** A database of SQLite has files beside it while it is open. */
export const gitignore = (sources: string): string =>
  `node_modules/\n.env\n*.log\n${usesStores(sources) ? 'store.db*\n' : ''}`;

/** Loads .env before the app starts. Without the file the app names the missing settings. */
export const ENV_JS = `try {
  process.loadEnvFile();
} catch (error) {
  if (error.code !== 'ENOENT') throw error;
}
`;

/** Does the same before the API starts. The PORT in .env is the app's: the API listens where the app looks for it. */
export const ENV_API_JS = `const { PORT } = process.env;
require('./env.js');
process.env.PORT = PORT ?? new URL(process.env.API_URL ?? 'http://localhost:4002').port;
`;

export const TEST_TOOLS = ['mocha', 'supertest', '@types/mocha', '@types/supertest'];

const APP_SPEC = `import assert from 'node:assert/strict';
import request from 'supertest';
import { createApp } from '../app';
import { readConfig } from '../config';

const app = createApp(
  readConfig({
    BASE_URL: 'http://localhost:3000',
    // Nothing listens on this port: the app must start and answer without its tenant.
    ISSUER_BASE_URL: 'http://localhost:9',
    CLIENT_ID: 'test',
    CLIENT_SECRET: 'test',
    AUDIENCE: 'https://appointments.example/api',
    API_URL: 'http://localhost:9',
    SESSION_SECRET: 'a secret of at least 32 characters',
  }),
);

describe('the app', () => {
  it('shows its start page, and allows no scripts and no frames in it', async () => {
    const { headers } = await request(app).get('/').expect(200);
    assert.match(headers['content-security-policy'] ?? '', /default-src 'none'.*frame-ancestors 'none'/);
  });

  it('sends a stranger to the login, and afterwards back to the page', () =>
    request(app).get('/profile').set('Accept', 'text/html').expect(303).expect('Location', '/login?returnTo=%2Fprofile'));

  it('refuses a form that another site sends', () =>
    request(app).post('/logout').set('Sec-Fetch-Site', 'cross-site').expect(403));

  it('shows a page of its own while the tenant is down', async () => {
    const { text } = await request(app).get('/login').set('Accept', 'text/html').expect(503);
    assert.match(text, /Nothing is lost/);
  });
});
`;

/** A first test of the app, which needs no tenant and no store outside of its process. */
export const appSpec = (sources: string): string =>
  usesStores(sources)
    ? APP_SPEC.replace('\nconst app', "\nprocess.env.STORE_URL = 'memory:';\n\nconst app")
    : APP_SPEC;

export function readme(name: string, sources: string, files: ReadonlySet<string>): string {
  const api = /\bAPI_URL\b/.test(sources);
  const tenantFile = files.has('tenant.yaml');
  const ownApi = files.has('api/server.ts');
  const parts = [
    `# ${name}

A regular web application that logs users in with the OAuth 2.0 Authorization Code Flow${api ? ' and calls an API' : ''}.

## Run it

\`\`\`sh
npm ci
cp .env.example .env
npm start
\`\`\`

Fill .env in before the last line. Without it the app names the settings that are missing. \`npm run typecheck\` checks the
types${files.has('test/app.spec.ts') ? ', `npm test` runs the tests in `test/`' : ''}.${ownApi ? `\n\n${RUN_API}` : ''}`,
    layout(files),
    local(api, tenantFile, ownApi),
    own(api, tenantFile, ownApi),
    files.has('actions/add-attributes.js') ? ROLES : '',
    files.has('compose.yaml') ? CONTAINERS : '',
    usesStores(sources) ? '' : beforeOthers(files),
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

const beforeOthers = (files: ReadonlySet<string>): string => `## Before others use it

Serve it over https and set \`BASE_URL\` to that address. Store sessions and tokens where a restart does not lose them${
  files.has('hardening/token-store.ts')
    ? ': give `createApp` a `store` for the\nsessions, and `SessionTokens` in `routes.ts` your own `TokenStore`'
    : ''
}.`;

const FILES: [file: string, about: string][] = [
  ['server.ts', 'reads the settings, creates the app, listens'],
  ['app.ts', 'Express, the views, the error pages'],
  ['routes.ts', 'lists the routes and the scopes that the app asks for'],
  ['auth.ts', 'the login: `/login`, `/callback`, `/logout`, `requireLogin`'],
  ['session.ts', 'the session, stored on the server'],
  ['tokens.ts', 'the tokens of a session; an access token that is valid, refreshed once for all requests'],
  ['api-client.ts', 'calls the API: 401, 403, timeouts'],
  ['roles.ts', 'the attributes of the ID token, and a page for one role'],
  ['store-config.ts', 'the settings of the stores, the keys and the lifetimes'],
  ['stores/store.ts', 'opens the store that `STORE_URL` names: sessions, tokens and locks of all processes'],
  ['encryption.ts', 'encrypts the tokens in the store, each bound to its session'],
  ['refresh-lock.ts', 'lets one process at a time refresh the tokens of a session'],
  ['lifetimes.ts', 'ends sessions: unused for too long, or too long after the login'],
  ['api/server.ts', 'starts the API'],
  ['api/app.ts', 'the routes of the API, and the scope that each demands'],
  ['api/keys.ts', 'the public keys of the issuer'],
  ['api/access-token.ts', 'validates an access token'],
  ['api/bearer.ts', 'takes the token from the request, and answers 401 and 403'],
  ['api/appointments.ts', 'the appointments of each user, in memory'],
];

function layout(files: ReadonlySet<string>): string {
  const rows = FILES.filter(([file]) => files.has(file)).map(([file, about]) => `| \`${file}\` | ${about} |`);
  if (rows.length === 0) return '';
  const hardening = [...files].some((file) => file.startsWith('hardening/'))
    ? '\n\nEach file in `hardening/` stops one attack or failure, which its first lines describe. One line of the app activates it.'
    : '';
  return `## What is where

| file | what it does |
| ---- | ------------ |
${rows.join('\n')}${hardening}`;
}

const RUN_API = `The API is in \`api/\`. Start it in a second terminal. It uses \`ISSUER_BASE_URL\` and \`AUDIENCE\` of .env, and listens on the
port of \`API_URL\`:

\`\`\`sh
npm run api
\`\`\``;

const local = (
  api: boolean,
  tenantFile: boolean,
  ownApi: boolean,
): string => `## With the local tenant of the workshop

In the folder of the workshop, start the tenant${api && !ownApi ? ', and in a second terminal the API' : ''}:

\`\`\`sh
npm run -s tenant${tenantFile ? ' -- --config THIS_FOLDER/tenant.yaml' : ''}${api && !ownApi ? '\nnpm run -s api' : ''}
\`\`\`

The tenant prints \`ISSUER_BASE_URL\`, \`CLIENT_ID\`, \`CLIENT_SECRET\` and \`AUDIENCE\`. Copy them to .env${api ? ', with `API_URL=http://localhost:4002`' : ''}.`;

const own = (api: boolean, tenantFile: boolean, ownApi: boolean): string =>
  `## With a tenant of your own

In the dashboard of an Auth0 tenant:

1. Applications > APIs > Create API. Its Identifier is \`AUDIENCE\`. Turn Allow Offline Access on, and add the
   permissions that the app asks for${tenantFile ? ' (`tenant.yaml` lists them)' : ''}.
2. Applications > Create Application > Regular Web Application. Its Domain, with \`https://\` before it, is
   \`ISSUER_BASE_URL\`; \`CLIENT_ID\` and \`CLIENT_SECRET\` are below it.
3. Under Allowed Callback URLs: \`http://localhost:3000/callback\`. Under Allowed Logout URLs: \`http://localhost:3000\`.
4. Under Advanced Settings > Grant Types: Authorization Code and Refresh Token. Turn Refresh Token Rotation on.
${tenantFile ? '\nOr import `tenant.yaml` with auth0-deploy-cli: `npx auth0-deploy-cli import --input_file tenant.yaml`.\n' : ''}${api && !ownApi ? '\nThe API is yours: whatever listens at `API_URL` and accepts access tokens for `AUDIENCE`. Until it does, only the pages that call it fail.' : ''}`.trimEnd();

const ROLES = `### Roles and the Action

1. Applications > APIs > your API > Settings: turn on Enable RBAC and Add Permissions in the Access Token.
2. User Management > Roles: create the roles of \`tenant.yaml\` with their permissions, and assign them to users.
3. Actions > Library > Create Action > Build from scratch, trigger Login / Post Login: paste \`actions/add-attributes.js\`, then Deploy.
4. Actions > Triggers > post-login: drag the Action between Start and Complete, then Apply.
5. \`office\` is in each user's \`app_metadata\`: User Management > Users > a user, e.g. \`{"office": "Lisbon"}\`.

The import of \`tenant.yaml\` does 1 to 4, but for the users' roles.`;
