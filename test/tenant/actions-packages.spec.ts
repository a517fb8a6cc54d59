import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Client, decode } from '../support/client';
import { type ScriptedTenant, startScripted } from '../support/scripts';

const NS = 'https://my-app.example';
const SECTIONS = `
rules: [{ name: rule, script: ./rule.js, order: 1 }]
actions:
  - name: action
    code: ./action.js
    deployed: true
    supported_triggers: [{ id: post-login, version: v3 }]
    dependencies: [{ name: plain, version: 4.16.0 }, { name: "@scope/thing", version: 3.9.0 }, { name: gone, version: 1.0.0 }]
triggers: { post-login: [{ action_name: action, display_name: action }] }
`;

describe('packages of scripts', () => {
  let test: ScriptedTenant;
  let client: Client;
  before(async () => {
    test = await startScripted(SECTIONS, { 'rule.js': rule(''), 'action.js': action('') });
    install('plain', '7.1.0', {
      'index.js': "module.exports = { is: 'plain' };",
      'sub.js': "module.exports = 'sub';",
    });
    install('@scope/thing', '3.2.1', {
      'index.js': "module.exports = '@scope/thing';",
      'deep/file.js': "module.exports = 'deep';",
    });
    install(
      'strict',
      '0.4.0',
      { 'index.js': "module.exports = 'strict';" },
      { exports: { '.': './index.js' } },
    );
  });
  after(() => test?.close());
  beforeEach(() => {
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());

  function install(name: string, version: string, files: Record<string, string>, more = {}) {
    const folder = path.join(test.folder, 'node_modules', name);
    for (const [file, text] of Object.entries({
      'package.json': JSON.stringify({ name, version, main: 'index.js', ...more }),
      ...files,
    })) {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      fs.writeFileSync(path.join(folder, file), text);
    }
  }
  function rule(body: string): string {
    return `function (user, context, callback) {\n${body}\ncallback(null, user, context);\n}`;
  }
  function action(body: string): string {
    return `exports.onExecutePostLogin = async (event, api) => {\n${body}\n};`;
  }
  /** The hints since the last save of a script. */
  const hints = () => {
    const all = test.tenant.events.recent();
    const since = all.findLastIndex(({ type }) => type === 'configuration loaded');
    return all.slice(since).flatMap((event) => (event.type === 'action hint' ? [event.reason] : []));
  };
  /** What a script has in the ID token after it was saved. */
  async function claim(file: string, text: string): Promise<unknown> {
    await test.save(file, text);
    return decode((await client.logIn()).id_token).payload[`${NS}/is`];
  }
  async function denied(file: string, text: string): Promise<string> {
    await test.save(file, text);
    return (await client.callback()).searchParams.get('error_description') ?? '';
  }

  it('are found where a Rule names a version, a scope and a file', async () => {
    const required = [
      'plain@7.1.0',
      'plain@7/sub',
      'plain/sub',
      '@scope/thing@3.2.1',
      '@scope/thing@3.x/deep/file',
      '@scope/thing/deep/file',
      'strict@0.4',
      'lodash@4.17.21/head',
      'crypto@1.0.1',
    ];
    const found = required.map((name) => `require('${name}')`).join(', ');
    const types = await claim(
      'rule.js',
      rule(
        `context.idToken['${NS}/is'] = [${found}].map((one) => one.is ?? (typeof one === 'string' ? one : typeof one));`,
      ),
    );
    expect(types).to.deep.equal([
      'plain',
      'sub',
      'sub',
      '@scope/thing',
      'deep',
      'deep',
      'strict',
      'function',
      'object',
    ]);
    expect(hints()).to.deep.equal([]);
    await test.save('rule.js', rule(''));
  });

  it('of another version than the script names are reported with both', async () => {
    const warning = 'plain 4.16.0 is what it was written for, and 7.1.0 is installed here';
    const text = action(`api.idToken.setCustomClaim('${NS}/is', require('plain').is);`);
    expect(await claim('action.js', text)).to.equal('plain');
    expect(hints()).to.deep.equal([`${warning}: what it calls may be missing, or do something else`]);
    expect(await denied('action.js', action("require('plain').getRoles();"))).to.equal(
      `Action action failed: TypeError: require(...).getRoles is not a function (${warning}) (action.js, line 2)`,
    );
    expect(await denied('action.js', action("require('plain/gone');"))).to.include(
      'cannot require plain/gone: plain 7.1.0 is installed, and has no gone',
    );
    expect(await denied('action.js', action("require('plain'); throw new Error('mine');"))).to.equal(
      'Action action failed: mine (action.js, line 2)',
    );
    await test.save('action.js', action("require('@scope/thing');"));
    await client.logIn();
    expect(hints(), 'the same major version').to.deep.equal([]);
    await test.save('action.js', action(''));
    await test.save('rule.js', rule("require('strict@0.3.9');"));
    await client.logIn();
    expect(hints()[0], 'before 1.0 the second number counts').to.include(
      'strict 0.3.9 is what it was written for',
    );
    await test.save('rule.js', rule(''));
  });

  it('that are not there are to be installed, and no other', async () => {
    expect(await denied('action.js', action("require('gone');"))).to.include(
      'cannot find the package gone: run npm install gone@1.0.0 in the folder of tenant.yaml',
    );
    await test.save('action.js', action(''));
    expect(await denied('rule.js', rule("require('@no/such@2/x');"))).to.include(
      'cannot find the package @no/such: run npm install @no/such@2 in the folder of tenant.yaml',
    );
    expect(await denied('rule.js', rule("require('strict@0.4.0/index.js');"))).to.include(
      'cannot require strict@0.4.0/index.js: strict 0.4.0 is installed, and has no index.js',
    );
    expect(await denied('rule.js', rule('require(undefined);'))).to.include(
      'require needs the name of a package',
    );
    await test.save('rule.js', rule(''));
  });

  it('and what a Rule sets without effect is reported, once for each thing', async () => {
    const text = rule(`context.multifactor = { provider: 'any' };
context.samlConfiguration.mapEmail = true;
context.primaryUser = 'auth0|x';
context.connection = 'other';
context.forTheNextRule = true;
context.idToken['${NS}/is'] = 'told';
user.groups = ['a'];
user.app_metadata.seen = true;
Object.defineProperty(context, 'odd', { enumerable: true, get: () => { throw new Error('odd'); } });
context.own = 1n;`);
    expect(await claim('rule.js', text)).to.equal('told');
    await client.callback();
    expect(hints()).to.have.members([
      'set context.multifactor, which has no effect in the local tenant: there is no second factor here',
      'set context.samlConfiguration, which has no effect in the local tenant: the tenant is no SAML identity provider for applications',
      'set context.primaryUser, which has no effect in the local tenant: users are not linked here: the login remains that of the user who logged in',
      'set context.connection, which has no effect: a Rule can only read it',
      'set user.groups, which only the Rules after it see: put what belongs into a token into context.idToken or context.accessToken',
    ]);
    await test.save(
      'rule.js',
      rule('callback(null, { ...user, nickname: "n" }, { ...context, multifactor: {} });'),
    );
    await client.logIn();
    expect(hints()).to.have.lengthOf(2);
  });
});
