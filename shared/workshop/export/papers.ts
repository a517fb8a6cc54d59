/** Each setting that an app may read, with an example and what to know of it. */
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
  ['SESSION_SECRET', '', 'At least 32 characters that nobody knows: openssl rand -hex 32'],
  [
    'BASE_URL',
    'http://localhost:3000',
    'Where browsers reach the app. BASE_URL/callback is on the application’s list of callbacks.',
  ],
  ['PORT', '3000', 'The port on which the app listens.'],
];

/** The settings that the app's sources name. */
export function envExample(sources: string): string {
  const read = SETTINGS.filter(([name]) => new RegExp(`\\b${name}\\b`).test(sources));
  const lines = read.map(([name, example, about]) => `# ${about}\n${name}=${example}\n`);
  return `# Copy this file to .env, which git ignores, and fill it in.\n\n${lines.join('\n')}`;
}

export const GITIGNORE = 'node_modules/\n.env\n*.log\n';

/** The compiler's options under which the lessons' apps are checked. */
export const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2024'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    isolatedModules: true,
    esModuleInterop: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['**/*.ts'],
  exclude: ['node_modules'],
  'ts-node': { swc: true },
};

/** How to run the app, for whoever finds the folder. */
export function readme(name: string, sources: string, files: Iterable<string>): string {
  const api = /\bAPI_URL\b/.test(sources);
  const tenantFile = [...files].includes('tenant.yaml');
  return `# ${name}

A regular web application that logs users in with the OAuth 2.0 Authorization Code Flow${api ? ' and calls an API' : ''}.

## Run it

\`\`\`sh
npm ci
cp .env.example .env
npm start
\`\`\`

Fill .env in before the last line. \`npm run typecheck\` checks the types.

## Your tenant

In the dashboard of an Auth0 tenant:

1. Applications > APIs > Create API. Its Identifier is \`AUDIENCE\`. Turn Allow Offline Access on, and add the
   permissions that the app asks for${tenantFile ? ' (`tenant.yaml` lists them)' : ''}.
2. Applications > Create Application > Regular Web Application. Its Domain, with \`https://\` before it, is
   \`ISSUER_BASE_URL\`; \`CLIENT_ID\` and \`CLIENT_SECRET\` stand below.
3. Under Allowed Callback URLs: \`http://localhost:3000/callback\`. Under Allowed Logout URLs: \`http://localhost:3000\`.
4. Under Advanced Settings > Grant Types: Authorization Code and Refresh Token. Turn Refresh Token Rotation on.
${tenantFile ? '\nOr import `tenant.yaml` with auth0-deploy-cli: `npx auth0-deploy-cli import --input_file tenant.yaml`.\n' : ''}${api ? '\nThe API is yours: whatever listens at `API_URL` and accepts access tokens for `AUDIENCE`. Until it does, only the pages that call it fail.\n' : ''}
## Before others use it

Serve it over https, set \`BASE_URL\` to that address, and keep sessions in a store that outlives a restart.
`;
}
