import { expect } from 'chai';
import { AUDIENCE, Client, decode } from '../support/client';
import { type ScriptedTenant, startScripted } from '../support/scripts';
import { BOB } from '../support/workshop';

const NS = 'https://my-app.example';
const RULES = `
roles: [{ name: manager }]
rulesConfigs: [{ key: GREETING, value: "hello ##WHOM##" }]
rules:
  - { name: second, script: ./second.js, order: 20 }
  - { name: first, script: ./first.js, order: 10 }
  - { name: switched-off, script: ./off.js, order: 5, enabled: false }
actions: [{ name: last, code: ./last.js, deployed: true, supported_triggers: [{ id: post-login, version: v3 }] }]
triggers: { post-login: [{ action_name: last, display_name: last }] }
hooks:
  - { name: add-claims, script: ./hook.js, triggerId: credentials-exchange, enabled: true, secrets: { KEY: "s3cret" } }
`;
const rule = (body: string) => `// A rule.\nfunction (user, context, callback) {\n${body}\n}\n`;
const hook = (body: string) =>
  `module.exports = function (client, scope, audience, context, cb) {\n${body}\n};\n`;

describe('the older ways', () => {
  let test: ScriptedTenant;
  let client: Client;
  before(async () => {
    test = await startScripted(
      RULES,
      {
        'first.js': rule('callback(null, user, context);'),
        'second.js': rule('callback(null, user, context);'),
        'off.js': rule("callback(new Error('never'));"),
        'last.js': 'exports.onExecutePostLogin = async () => {};',
        'hook.js': hook('cb(null, { scope });'),
      },
      { env: { WHOM: 'you' } },
    );
  });
  after(() => test?.close());
  beforeEach(() => {
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());

  describe('Rules', () => {
    it('run in their order, before the Actions, at logins and at refreshes', async () => {
      await test.save(
        'first.js',
        rule(`  user.app_metadata.greeting = configuration.GREETING;
  context.idToken['${NS}/protocol'] = context.protocol;
  context.accessToken['${NS}/who'] = [context.clientName, context.connection, context.stats.loginsCount, context.authorization.roles[0]];
  callback(null, user, context);`),
      );
      await test.save(
        'second.js',
        rule(`  context.idToken['${NS}/greeting'] = user.app_metadata.greeting + ', ' + user.given_name;
  context.idToken.roles = ['admin'];
  context.accessToken.scope = ['openid', 'offline_access', 'read:appointments', 'extra'];
  auth0.users.updateAppMetadata(user.user_id, { seen: true }).then(() => callback(null, user, context));`),
      );
      await test.save(
        'last.js',
        `exports.onExecutePostLogin = async (event, api) => api.idToken.setCustomClaim('${NS}/greeting', 'the Action was last').accessToken.removeScope('extra');`,
      );
      const tokens = await client.logIn();
      const id = decode(tokens.id_token).payload;
      expect(id).to.include({
        [`${NS}/protocol`]: 'oidc-basic-profile',
        [`${NS}/greeting`]: 'the Action was last',
      });
      expect(id).not.to.have.property('roles');
      expect(test.last('claim dropped')).to.include({ script: 'Rule second', claim: 'roles' });
      expect(decode(tokens.access_token).payload).to.deep.include({
        [`${NS}/who`]: ['Web', 'Username-Password-Authentication', 1, 'manager'],
        scope: 'openid offline_access read:appointments',
      });
      const { body } = await client.refresh(tokens.refresh_token);
      expect(decode(body.id_token).payload).to.include({ [`${NS}/protocol`]: 'oauth2-refresh-token' });
      await test.save(
        'last.js',
        'exports.onExecutePostLogin = async (event) => console.log(event.user.app_metadata.seen);',
      );
      await client.logIn();
      expect(test.last('action output')?.text, 'metadata is kept').to.equal('true');
    });

    it('refuse with UnauthorizedError, and with any other error', async () => {
      await test.save(
        'first.js',
        rule(
          `if (user.email === 'bob@example.com') return callback(new UnauthorizedError('Not you, Bob'));\ncallback(null, user, context);`,
        ),
      );
      const refused = await client.callback({}, BOB);
      expect(refused.searchParams.get('error_description')).to.equal('Not you, Bob');
      expect(test.last('action denied')).to.include({ script: 'Rule first' });
      await test.save('first.js', rule('\n\nmissing();'));
      const failed = await new Client(test.tenant).callback();
      expect(failed.searchParams.get('error_description')).to.equal(
        'Rule first failed: ReferenceError: missing is not defined (first.js, line 5)',
      );
    });

    it('send the user elsewhere once all have run, and all run again on the way back', async () => {
      await test.save('last.js', 'exports.onExecutePostLogin = async () => {};');
      await test.save(
        'first.js',
        rule(`if (context.protocol === 'redirect-callback') context.idToken['${NS}/back'] = context.request.query.said;
else if (context.protocol !== 'oauth2-refresh-token') context.redirect = { url: 'http://localhost:1/ask' };
callback(null, user, context);`),
      );
      const away = await client.callback();
      expect(away.pathname).to.equal('/ask');
      const back = new URL('/continue', test.tenant.origin);
      back.searchParams.set('state', away.searchParams.get('state') ?? '');
      back.searchParams.set('said', 'yes');
      const { origin } = test.tenant;
      const consent = await client.browser.get(back, { within: origin });
      const end = consent.headers.location
        ? consent
        : await client.browser.logIn(consent, { email: '', password: '' }, 'accept', origin);
      const code = new URL(end.headers.location ?? '').searchParams.get('code') ?? '';
      expect(decode((await client.redeem(code)).body.id_token).payload).to.include({ [`${NS}/back`]: 'yes' });
      await test.save('first.js', rule('callback(null, user, context);'));
    });
  });

  describe('a Hook', () => {
    const machine = () =>
      client.token({ grant_type: 'client_credentials', audience: AUDIENCE, ...test.credentials('MACHINE') });

    it('adds claims and scopes to an application’s own token', async () => {
      await test.save(
        'hook.js',
        hook(`  const token = { scope: [...scope, 'extra'] };
  token['${NS}/who'] = [client.name, client.id, audience, context.webtask.secrets.KEY];
  token.permissions = ['all'];
  cb(null, token);`),
      );
      const { body } = await machine();
      const { payload } = decode(body.access_token);
      expect(payload).to.deep.include({
        scope: 'read:appointments extra',
        [`${NS}/who`]: ['Machine', test.credentials('MACHINE').client_id, AUDIENCE, 's3cret'],
        gty: 'client-credentials',
      });
      expect(payload).not.to.have.property('permissions');
      expect(body.scope).to.equal('read:appointments extra');
      expect(test.last('claim dropped')).to.include({
        script: 'Hook add-claims',
        claim: 'permissions',
        user_id: undefined,
      });
    });

    it('that leaves the scope out clears all of it', async () => {
      await test.save('hook.js', hook(`cb(null, { '${NS}/only': true });`));
      const { body } = await machine();
      expect(decode(body.access_token).payload).to.include({ [`${NS}/only`]: true });
      expect(decode(body.access_token).payload).not.to.have.property('scope');
      expect(body).not.to.have.property('scope');
    });

    it('never sees a user’s login, which the log says when it is read', async () => {
      await test.save('hook.js', hook(`console.log('hook'); cb(null, { scope, '${NS}/hook': true });`));
      expect(
        test.tenant.events
          .recent()
          .filter((e) => e.type === 'action hint' && e.script === 'Hook add-claims')
          .at(-1),
      ).to.include({
        reason:
          'runs only when an application gets a token for itself (client_credentials); a user’s login never passes it',
      });
      const before = test.tenant.events.recent().length;
      const { access_token, id_token } = await client.logIn();
      for (const token of [access_token, id_token])
        expect(decode(token).payload).not.to.have.property(`${NS}/hook`);
      const since = test.tenant.events.recent().slice(before);
      expect(since.some((event) => event.type === 'action output')).to.equal(false);
    });

    it('refuses in OAuth’s words, and answers for what it throws', async () => {
      await test.save('hook.js', hook("cb(new InvalidScopeError('Not for machines'));"));
      const refused = await machine();
      expect([refused.status, refused.body]).to.deep.equal([
        400,
        { error: 'invalid_scope', error_description: 'Not for machines' },
      ]);
      await test.save('hook.js', hook("cb(new ServerError('Out of order'));"));
      const broken = await machine();
      expect([broken.status, broken.body]).to.deep.equal([
        500,
        { error: 'server_error', error_description: 'Out of order' },
      ]);
      await test.save('hook.js', hook('missing();'));
      expect((await machine()).body.error_description).to.equal(
        'Hook add-claims failed: ReferenceError: missing is not defined (hook.js, line 2)',
      );
    });
  });

  it('an Action at credentials-exchange has the same say, but not about scopes', async () => {
    const other = await startScripted(
      `
actions: [{ name: machine, code: ./machine.js, deployed: true, secrets: [{ name: S, value: v }], supported_triggers: [{ id: credentials-exchange, version: v2 }] }]
triggers: { credentials-exchange: [{ action_name: machine, display_name: machine }] }
`,
      {
        'machine.js': `exports.onExecuteCredentialsExchange = async (event, api) => {
  api.accessToken.setCustomClaim('${NS}/m', [event.client.name, event.secrets.S, event.resource_server.identifier, event.transaction.requested_scopes, event.accessToken.scope]);
};`,
      },
    );
    const asks = new Client(other.tenant);
    const token = () =>
      asks.token({ grant_type: 'client_credentials', audience: AUDIENCE, ...other.credentials('MACHINE') });
    const scopes = ['read:appointments'];
    expect(decode((await token()).body.access_token).payload).to.deep.include({
      [`${NS}/m`]: ['Machine', 'v', AUDIENCE, scopes, scopes],
      scope: 'read:appointments',
    });
    const saying = (body: string) =>
      other.save('machine.js', `exports.onExecuteCredentialsExchange = async (event, api) => {\n${body}\n};`);
    await saying("api.access.deny('invalid_request', 'Not now');");
    const denied = await token();
    expect([denied.status, denied.body]).to.deep.equal([
      400,
      { error: 'invalid_request', error_description: 'Not now' },
    ]);
    await saying("api.access.deny('no_such_code', 'x');");
    expect((await token()).body.error_description).to.include(
      'needs a code of invalid_scope, invalid_request',
    );
    await saying("api.accessToken.addScope('x');");
    expect((await token()).body.error_description).to.include('api.accessToken.addScope is not a function');
    asks.close();
    await other.close();
  });
});
