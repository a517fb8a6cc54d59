import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { ROOT } from '../../shared/lib/places';
import { NAMES } from '../fuzz/foreign';
import { Client, decode } from '../support/client';
import { action, actions, type ScriptedTenant, startScripted } from '../support/scripts';
import { YAML } from '../support/tenant';

const NS = 'https://my-app.example';
const TYPES = path.join(ROOT, 'steps/05-attributes-and-roles/app/actions/auth0-actions');

describe('what an Action', () => {
  let test: ScriptedTenant;
  let client: Client;
  before(async () => {
    test = await startScripted(actions('first', 'second'), {
      'first.js': action(''),
      'second.js': action(''),
    });
  });
  after(() => test?.close());
  beforeEach(async () => {
    client = new Client(test.tenant);
    await test.save('second.js', action(''));
  });
  afterEach(() => client.close());

  /** Events as they were, for the types' test. */
  const seen: string[] = [];
  const events = <T extends string>(type: T) =>
    test.tenant.events.recent().filter((event) => event.type === type) as unknown as Record<
      string,
      unknown
    >[];

  describe('may call a claim', () => {
    it('is a name that every object inherits', async () => {
      const names = NAMES.filter((name) => name !== '__proto__');
      await test.save(
        'first.js',
        action(`for (const name of ${JSON.stringify(NAMES)}) {
  api.idToken.setCustomClaim(name, 'mine');
  api.accessToken.setCustomClaim(name, { constructor: name, toString: 1 });
  api.user.setAppMetadata(name, 1);
}`),
      );
      const { id_token, access_token } = await client.logIn();
      for (const name of names) {
        expect(Object.entries(decode(id_token).payload), name).to.deep.include([name, 'mine']);
        expect(Object.keys(decode(access_token).payload), name).to.include(name);
      }
      const answer = await fetch(`${test.tenant.issuer}userinfo`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      expect(answer.status).to.equal(200);
      expect(Object.keys((await answer.json()) as object)).to.include.members(names);
    });

    it('is anything but a reserved name: that one is dropped, and the log says so', async () => {
      const reserved =
        `iss sub aud exp nbf iat jti azp client_id acr amr auth_time nonce at_hash c_hash s_hash sid act cnf gty
        permissions roles groups entitlements org_id org_name typ kid`.split(/\s+/);
      await test.save(
        'first.js',
        action(`for (const name of ${JSON.stringify(reserved)}) {
  api.idToken.setCustomClaim(name, 'mine');
  api.accessToken.setCustomClaim(name, 'mine');
}
api.idToken.setCustomClaim('https://my-tenant.auth0.com/role', 'mine');`),
      );
      const tokens = await client.logIn();
      for (const token of [tokens.id_token, tokens.access_token])
        expect(JSON.stringify(decode(token))).not.to.include('mine');
      const dropped = events('claim dropped');
      for (const claim of reserved)
        for (const token of ['ID token', 'access token'])
          expect(dropped.find((one) => one.claim === claim && one.token === token)?.reason).to.equal(
            `the name is reserved; use one in your own namespace, such as https://my-app.example/${claim}`,
          );
      expect(dropped.at(-1)).to.include({
        script: 'Action first',
        claim: 'https://my-tenant.auth0.com/role',
        reason: 'Auth0’s own domains cannot be a namespace; use your own URL',
      });
    });

    it('without a namespace is taken, with a hint that comes once', async () => {
      await test.save(
        'first.js',
        action(`api.idToken.setCustomClaim('favourite', 1); api.idToken.setCustomClaim('locale', 'de');`),
      );
      const before = events('action hint').length;
      for (let i = 0; i < 2; i++) {
        const { payload } = decode((await client.logIn()).id_token);
        expect(payload).to.include({ favourite: 1, locale: 'de' });
      }
      const hints = events('action hint').slice(before);
      expect(hints.map(({ reason }) => String(reason).slice(0, 40))).to.deep.equal([
        'the claim favourite has no namespace and',
      ]);
    });

    it('is of 100 KB at most in all', async () => {
      await test.save(
        'first.js',
        action(`api.idToken.setCustomClaim('${NS}/much', 'x'.repeat(110 * 1024));`),
      );
      const url = await client.callback();
      expect(url.searchParams.get('error_description')).to.equal(
        'the custom claims of the ID token have 111 KB, and at most 100 are possible',
      );
    });

    it('is not seen in an opaque access token, which the log explains', async () => {
      await test.save('first.js', action(`api.accessToken.setCustomClaim('${NS}/role', 'manager');`));
      const { access_token } = await client.logIn({ audience: undefined, scope: 'openid' });
      expect(access_token?.split('.')).to.have.length(1);
      expect(test.last('action hint')?.reason).to.include('no API was asked for');
    });
  });

  it('changes of the scope counts more than what the roles permit, and at a refresh too', async () => {
    const rbac = YAML.replace(
      'allow_offline_access: true',
      'allow_offline_access: true\n    enforce_policies: true',
    );
    const roles = `
roles:
  - name: manager
    permissions: [{ permission_name: "read:appointments", resource_server_identifier: https://appointments.example/api }]
`;
    const other = await startScripted(
      roles + actions('scopes'),
      {
        'scopes.js': action(`if (event.transaction.requested_scopes.includes('create:appointments'))
  api.accessToken.addScope('create:appointments').accessToken.addScope('not:defined').accessToken.removeScope('email');`),
      },
      { yaml: rbac },
    );
    const [asks, not] = [new Client(other.tenant), new Client(other.tenant)];
    const scope = 'openid profile email offline_access read:appointments create:appointments';
    const tokens = await asks.logIn({ scope });
    const refreshed = (await asks.refresh(tokens.refresh_token)).body;
    for (const { access_token, scope: granted } of [tokens, refreshed]) {
      expect(decode(access_token).payload.scope).to.equal(granted);
      expect(granted?.split(' ')).to.have.members(
        'openid profile offline_access read:appointments create:appointments not:defined'.split(' '),
      );
    }
    expect((await not.logIn()).scope?.split(' ')).not.to.include('create:appointments');
    for (const one of [asks, not]) one.close();
    await other.close();
  });

  it('writes with console is in the log, under its name, and no flood of it', async () => {
    await test.save(
      'first.js',
      action(
        `console.log('user %s', event.user.name, { a: 1 }); console.error('oh'); process.stdout.write('raw\\n');`,
      ),
    );
    await test.save('second.js', action(`for (let i = 0; i < 100000; i++) console.log(i);`));
    await client.logIn();
    const output = events('action output');
    expect(output.find(({ text }) => text === 'user Ann Archer { a: 1 }')).to.include({
      script: 'Action first',
      level: 'log',
    });
    expect(output.find(({ text }) => text === 'oh')).to.include({ level: 'error' });
    expect(output.find(({ text }) => text === 'raw')).to.include({ script: 'Action first', level: 'log' });
    const flood = output.filter(({ script }) => script === 'Action second');
    expect(flood.length).to.be.below(210);
    expect(flood.at(-1)?.text).to.equal('… more output than is logged');
  });

  it('keeps of a user is there for the next Action, the next login, and when the login is denied', async () => {
    await test.save(
      'first.js',
      action(`const { visits = 0 } = event.user.app_metadata;
api.user.setAppMetadata('visits', visits + 1).user.setUserMetadata('seen', { by: 'first' });`),
    );
    await test.save(
      'second.js',
      action(`api.idToken.setCustomClaim('${NS}/visits', [event.user.app_metadata.visits, event.user.user_metadata.seen.by]);
if (event.user.app_metadata.visits === 2) api.access.deny('enough');`),
    );
    const first = decode((await client.logIn()).id_token).payload[`${NS}/visits`];
    const url = await client.callback();
    const third = decode((await client.logIn()).id_token).payload[`${NS}/visits`];
    expect([first, url.searchParams.get('error_description'), third]).to.deep.equal([
      [1, 'first'],
      'enough',
      [3, 'first'],
    ]);
  });

  it('requires are packages and Node’s modules; one that is not listed is hinted at', async () => {
    await test.save(
      'first.js',
      `const { createHash } = require('node:crypto');
const jose = require('jose');
exports.onExecutePostLogin = async (event, api) => {
  const { decodeJwt } = await Promise.resolve(require('jose'));
  await import('node:fs');
  api.idToken.setCustomClaim('${NS}/hash', [createHash('sha256').update('x').digest('hex').length, decodeJwt === jose.decodeJwt]);
};`,
    );
    const { payload } = decode((await client.logIn()).id_token);
    expect(payload[`${NS}/hash`]).to.deep.equal([64, true]);
    expect(test.last('action hint')?.reason).to.equal(
      'requires jose, which a real tenant has only if it is listed under dependencies',
    );
  });

  it('knows is the user, the application and the request, and no secret', async () => {
    await test.save('first.js', action('console.log(JSON.stringify(event));'));
    const { refresh_token } = await client.logIn({ login_hint: 'ann@example.com', ui_locales: 'de en' });
    const atLogIn = String(test.last('action output')?.text);
    await client.refresh(refresh_token);
    const atRefresh = String(test.last('action output')?.text);
    const event = JSON.parse(atLogIn);
    expect(event.client).to.deep.equal({
      client_id: test.tenant.settings().CLIENT_ID,
      name: 'Web',
      metadata: {},
    });
    expect(event.connection).to.include({ name: 'Username-Password-Authentication', strategy: 'auth0' });
    expect(event.user).to.include({
      user_id: 'auth0|a11ce0000000000000000001',
      email_verified: true,
      given_name: 'Ann',
    });
    expect(event.user).not.to.have.property('password_hash');
    expect(event.user.identities).to.deep.equal([
      {
        connection: 'Username-Password-Authentication',
        provider: 'auth0',
        user_id: 'a11ce0000000000000000001',
        isSocial: false,
      },
    ]);
    expect(event.resource_server).to.deep.equal({ identifier: 'https://appointments.example/api' });
    expect(event.transaction).to.deep.include({
      protocol: 'oidc-basic-profile',
      requested_scopes: 'openid profile email offline_access read:appointments'.split(' '),
      redirect_uri: 'http://localhost:3000/callback',
      state: 'the-state',
      prompt: [],
      login_hint: 'ann@example.com',
      ui_locales: ['de', 'en'],
    });
    // What the application sent, and nothing that the tenant made of it.
    expect(event.request.query).to.include({ audience: 'https://appointments.example/api' });
    expect(event.request.query).not.to.have.any.keys('prompt', 'resource', 'consent_implied');
    expect(event.request).to.include({ method: 'GET', hostname: new URL(test.tenant.issuer).host });
    expect(event.authentication.methods[0].name).to.equal('pwd');
    expect(event.stats.logins_count).to.be.above(0);
    expect(JSON.parse(atRefresh).transaction.protocol).to.equal('oauth2-refresh-token');
    expect(JSON.parse(atRefresh)).to.have.property('refresh_token');
    expect(atRefresh).not.to.include(String(refresh_token));
    expect(atRefresh).not.to.include(String(test.tenant.settings().CLIENT_SECRET));
    seen.push(atLogIn, atRefresh);
  });

  it('knows and calls is what the types say, by which an editor checks and completes', () => {
    const typed = (body: string) =>
      `/** @type {import('${TYPES}').PostLoginAction} */\nexports.onExecutePostLogin = async (event, api) => {\n${body}\n};\n`;
    const right =
      typed(`if (event.authorization.roles.includes('manager')) api.idToken.setCustomClaim('${NS}/role', event.user.app_metadata.role);
  api.accessToken.addScope('read:x').user.setUserMetadata('a', { b: [1] });
  const token = api.redirect.encodeToken({ secret: event.secrets.MINE ?? '', payload: { a: 1 } });
  api.redirect.sendUserTo('https://x.example', { query: { token } });`);
    const granted = messages({
      'right.js': right,
      'wrong.js': typed('api.idToken.setCustomclaim("x", 1);'),
      'events.ts': `import type { PostLoginEvent } from '${TYPES}';
export const events: PostLoginEvent[] = [${seen.join(',')}];`,
    });
    expect(seen).to.have.length(2);
    expect(granted).to.have.length(1);
    expect(granted[0]).to.include("wrong.js: Property 'setCustomclaim' does not exist");
  });

  /** What TypeScript says of files, as an editor would. */
  function messages(files: Record<string, string>): string[] {
    const folder = fs.mkdtempSync(path.join(test.folder, 'types-'));
    const names = Object.entries(files).map(([name, text]) => {
      fs.writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    });
    const options: ts.CompilerOptions = {
      allowJs: true,
      checkJs: true,
      noEmit: true,
      strict: true,
      skipLibCheck: false,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: [],
      lib: ['lib.es2022.d.ts'],
    };
    return ts
      .getPreEmitDiagnostics(ts.createProgram(names, options))
      .map(
        ({ file, messageText }) =>
          `${path.basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
      );
  }
});
