import fs from 'node:fs';
import path from 'node:path';
import { certify } from '../../shared/lib/certificate';
import { AUDIENCE } from './client';

/** Of every section that the tenant reads something, in all the ways in which people write YAML. */
export const FULL = `# The tenant of a course. This comment must survive.
tenant:
  friendly_name: Course
  # In hours.
  session_lifetime: 24
  default_audience: ${AUDIENCE}
  flags:
    use_scope_descriptions_for_consent: true

resourceServers:
  # The API of the workshop.
  - name: Appointments API
    identifier: ${AUDIENCE}
    token_dialect: access_token_authz
    enforce_policies: true
    allow_offline_access: true
    token_lifetime: 3600
    scopes:
      - { value: "read:appointments", description: See your appointments } # in one line
      - value: 'delete:appointments'
        description: Cancel your appointments
  - name: Signed with a secret
    identifier: urn:other
    signing_alg: HS256
    signing_secret: ##SIGNING_SECRET##

clients:
  - name: Web
    callbacks: [http://##APP_HOST##/callback]
    allowed_logout_urls: ["http://localhost:3000/"]
    refresh_token: &rotating # anchored
      rotation_type: rotating
      expiration_type: expiring
  - name: Second
    callbacks: [http://localhost:3001/callback]
    refresh_token: *rotating
  - name: Machine
    app_type: non_interactive
    grant_types: [client_credentials]

clientGrants:
  - client_id: Machine
    audience: ${AUDIENCE}
    scope: ["read:appointments"]
  # The tenant's own API.
  - client_id: Machine
    audience: https://##AUTH0_DOMAIN##/api/v2/
    scope: ["read:clients"]

databases:
  - name: Username-Password-Authentication
    strategy: auth0
    enabled_clients: [Web, Second]

connections:
  - name: google-oauth2
    strategy: google-oauth2
    enabled_clients: [Web]
    options:
      client_id: ##GOOGLE_CLIENT_ID##
      client_secret: ##GOOGLE_CLIENT_SECRET##
      scope: [email, profile]
  - name: corporate
    strategy: samlp
    enabled_clients: [Web]
    options:
      signInEndpoint: https://idp.example/sso
      signingCert: ##IDP_CERT##
      fieldsMap: { email: mail }

attackProtection:
  bruteForceProtection:
    # Fewer than usual.
    max_attempts: 5

roles:
  - name: manager
    description: May cancel
    permissions:
      - permission_name: read:appointments # first
        resource_server_identifier: ${AUDIENCE}
      - permission_name: delete:appointments
        resource_server_identifier: ${AUDIENCE}
  - name: guest

actions:
  - name: Add role
    code: ./code/add-role.js
    runtime: node22
    deployed: true
    secrets:
      - name: SPACE
        value: ##ACTION_SECRET##
    supported_triggers:
      - id: post-login
        version: v3

triggers:
  post-login:
    - action_name: Add role
      display_name: Add role

rules:
  - name: Old way
    script: ./code/old-way.js
    order: 1
    enabled: true

rulesConfigs:
  - key: SPACE
    value: ##RULE_VALUE##

hooks:
  - name: machines
    script: ./code/machines.js
    triggerId: credentials-exchange
    enabled: true
    secrets:
      TOKEN: ##HOOK_TOKEN##
`;

const CODE = {
  'add-role.js':
    "exports.onExecutePostLogin = async (event, api) => { api.idToken.setCustomClaim('https://c.example/n', event.stats.logins_count); };\n",
  'old-way.js': 'function (user, context, callback) { callback(null, user, context); }\n',
  'machines.js':
    'module.exports = function (client, scope, audience, context, cb) { cb(null, { scope }); };\n',
};

/** What the placeholders stand for; those of the second kind are worth something. */
export const SECRETS = {
  SIGNING_SECRET: 'the-secret-of-an-api',
  GOOGLE_CLIENT_SECRET: 'the-secret-at-google',
  ACTION_SECRET: 'the-secret-of-an-action',
  RULE_VALUE: 'the-secret-of-a-rule',
  HOOK_TOKEN: 'the-secret-of-a-hook',
};

/** Writes tenant.yaml with its code, and returns the environment that it wants. */
export async function writeFull(folder: string): Promise<Record<string, string>> {
  fs.mkdirSync(path.join(folder, 'code'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'tenant.yaml'), FULL);
  for (const [name, text] of Object.entries(CODE)) fs.writeFileSync(path.join(folder, 'code', name), text);
  const { certificate } = await certify('corporate');
  return {
    ...SECRETS,
    APP_HOST: 'localhost:3000',
    GOOGLE_CLIENT_ID: 'at-google',
    IDP_CERT: Buffer.from(certificate).toString('base64'),
  };
}
