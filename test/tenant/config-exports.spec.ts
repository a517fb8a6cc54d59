import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { OPTIONS } from '../../shared/tenant/config/connections';
import { ConfigurationError, loadTenantConfig } from '../../shared/tenant/config/load';
import { Client } from '../support/client';
import { startTestTenant } from '../support/tenant';
import { temporaryFolder } from '../support/workshop';
import { accepted } from './unused-settings';

describe('a tenant.yaml as auth0-deploy-cli and people write it', () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  /** The tenant reads this file; YAML takes JSON too. */
  const load = (text: string, env: NodeJS.ProcessEnv = {}) => {
    const file = path.join(folder, 'tenant.yaml');
    fs.writeFileSync(file, text);
    return loadTenantConfig(file, env);
  };
  /** Every mistake as "line path: message". */
  const mistakes = (text: string, env = {}) =>
    load(text, env).then(
      () => [],
      (error) => {
        if (!(error instanceof ConfigurationError)) throw error;
        return error.problems.map(({ line, path: at, message }) => `${line} ${at}: ${message}`);
      },
    );

  describe('with settings that change nothing here', () => {
    /** The least that each object of the file needs; the setting is added to it. */
    const around: Record<string, (more: object) => object> = {
      '': (more) => more,
      tenant: (more) => ({ tenant: more }),
      'tenant.flags': (more) => ({ tenant: { flags: more } }),
      resourceServers: (more) => ({ resourceServers: [{ name: 'A', identifier: 'a', ...more }] }),
      'resourceServers.subject_type_authorization': (more) =>
        around.resourceServers?.({ subject_type_authorization: more }) ?? {},
      'resourceServers.proof_of_possession': (more) =>
        around.resourceServers?.({ proof_of_possession: { mechanism: 'dpop', ...more } }) ?? {},
      clients: (more) => ({ clients: [{ name: 'A', ...more }] }),
      'clients.jwt_configuration': (more) => around.clients?.({ jwt_configuration: more }) ?? {},
      'clients.refresh_token': (more) => around.clients?.({ refresh_token: more }) ?? {},
      'clients.oidc_logout': (more) => around.clients?.({ oidc_logout: more }) ?? {},
      clientGrants: (more) => ({
        ...around.clients?.({}),
        ...around.resourceServers?.({}),
        clientGrants: [{ client_id: 'A', audience: 'a', ...more }],
      }),
      databases: (more) => ({ databases: [{ name: 'D', strategy: 'auth0', ...more }] }),
      roles: (more) => ({ roles: [{ name: 'R', ...more }] }),
      connections: (more) => ({ connections: [{ name: 'c', strategy: 'google-oauth2', ...more }] }),
      attackProtection: (more) => ({ attackProtection: more }),
      'attackProtection.bruteForceProtection': (more) => ({
        attackProtection: { bruteForceProtection: more },
      }),
      actions: (more) => ({
        actions: [{ name: 'act', code: './script.js', supported_triggers: [{ id: 'post-login' }], ...more }],
      }),
      'actions.dependencies': (more) => around.actions?.({ dependencies: [{ name: 'x', ...more }] }) ?? {},
      'actions.secrets': (more) => around.actions?.({ secrets: [{ name: 'x', ...more }] }) ?? {},
      'actions.supported_triggers': (more) =>
        around.actions?.({ supported_triggers: [{ id: 'post-login', ...more }] }) ?? {},
      rules: (more) => ({ rules: [{ name: 'a-rule', script: './script.js', ...more }] }),
      hooks: (more) => ({
        hooks: [{ name: 'a-hook', script: './script.js', triggerId: 'credentials-exchange', ...more }],
      }),
      'connections.options (google-oauth2)': (more) =>
        around.connections?.({ strategy: 'google-oauth2', options: more }) ?? {},
      'connections.options (oauth2)': (more) =>
        around.connections?.({ strategy: 'oauth2', options: { ...oauth2, ...more } }) ?? {},
      'connections.options (oauth2).scripts': (more) =>
        around.connections?.({
          strategy: 'oauth2',
          options: { ...oauth2, scripts: { ...oauth2.scripts, ...more } },
        }) ?? {},
      'connections.options (oidc)': (more) =>
        around.connections?.({
          strategy: 'oidc',
          options: { client_id: 'a', client_secret: 'b', discovery_url: 'https://a.example', ...more },
        }) ?? {},
      'connections.options (samlp)': (more) =>
        around.connections?.({ strategy: 'samlp', options: more }) ?? {},
    };
    const oauth2 = {
      authorizationURL: 'https://a.example',
      tokenURL: 'https://a.example',
      client_id: 'a',
      client_secret: 'b',
      scripts: { fetchUserProfile: 'function (token, ctx, cb) {}' },
    };
    // A section that is nested too deep is reported: see config.spec.
    const mustBeText = ['clients.tenant'];
    const values = [
      'https://*.example.com',
      ['https://*.example.com', null, 7],
      '',
      -1,
      true,
      { a: [{ b: '*' }] },
      '##NOT_SET##',
      ['@@NOT_SET@@'],
      { '##NOT_SET##': { deep: ['x ##NOT_SET## y'] } },
    ];

    before(() => fs.writeFileSync(path.join(folder, 'script.js'), '(function () {})'));
    for (const [at, { withoutEffect, anything }] of accepted()) {
      const names = anything ? [...withoutEffect, 'whatever_else'] : withoutEffect;
      // Values of a setting that is read stand in this list as well.
      if (/^clients\.(app_type|grant_types)$/.test(at)) continue;
      it(`${at || 'sections'} refuses no value of them`, async () => {
        const make = around[at];
        if (!make) throw new Error(`write what ${at} needs around it`);
        for (const name of names)
          for (const value of values) {
            if (mustBeText.includes(`${at}.${name}`) && typeof value === 'object') continue;
            const text = JSON.stringify(make({ [name]: value }));
            expect(await mistakes(text), text).to.deep.equal([]);
          }
      });
    }

    it('are those of a strategy that is not served, too', async () => {
      expect(Object.keys(OPTIONS)).not.to.include('waad');
      const text = 'connections: [{ name: w, strategy: waad, options: { client_secret: ##WAAD## } }]';
      expect(await mistakes(text)).to.deep.equal([]);
      expect(await mistakes(text.replace('waad', 'oidc'))).to.include(
        '1 connections[0].options.client_secret: ##WAAD## needs WAAD in the environment',
      );
    });

    it('are the applications of a connection that is not served, too', async () => {
      for (const value of ['[##APP##, ##OTHER##]', '@@APPS@@']) {
        const text = `connections: [{ name: w, strategy: waad, enabled_clients: ${value} }]`;
        expect(await mistakes(text), value).to.deep.equal([]);
        expect(await mistakes(text.replace('waad', 'google-oauth2')), value).not.to.deep.equal([]);
      }
      const whole = 'connections: [{ name: w, strategy: waad, options: @@OPTIONS@@ }]';
      expect(await mistakes(whole)).to.deep.equal([]);
    });

    describe('are what only code takes that never runs:', () => {
      const secrets = ['[{ name: KEY, value: ##KEY## }]', '[{ name: ##KEY##, value: x }]', '@@KEY@@'];
      const one = (trigger: string, deployed: boolean, value: string) =>
        `actions: [{ name: a, code: ./script.js, deployed: ${deployed}, secrets: ${value}, supported_triggers: [{ id: ${trigger} }] }]\n`;
      const bound = (trigger: string) => `triggers: { ${trigger}: [{ action_name: a, display_name: a }] }\n`;

      it('secrets of an Action that is bound to no trigger that is served, or not deployed', async () => {
        for (const value of secrets) {
          expect(await mistakes(one('post-login', true, value)), value).to.deep.equal([]);
          expect(await mistakes(one('post-login', false, value)), value).to.deep.equal([]);
          const other = 'pre-user-registration';
          expect(await mistakes(one(other, true, value) + bound(other)), value).to.deep.equal([]);
          for (const served of ['post-login', 'credentials-exchange']) {
            const reported = (await mistakes(one(served, true, value) + bound(served))).join('\n');
            expect(reported, value).to.include('needs KEY in the environment');
          }
        }
      });

      it('secrets of a Hook that is off, or of a trigger that is not served', async () => {
        const hook = (rest: string) =>
          `hooks: [{ name: hook, script: ./script.js, secrets: { KEY: ##KEY## }, ${rest} }]`;
        expect(await mistakes(hook('triggerId: credentials-exchange, enabled: false'))).to.deep.equal([]);
        expect(await mistakes(hook('triggerId: send-phone-message, enabled: true'))).to.deep.equal([]);
        expect(await mistakes(hook('triggerId: credentials-exchange, enabled: true'))).to.deep.equal([
          '1 hooks[0].secrets.KEY: ##KEY## needs KEY in the environment',
        ]);
      });

      it('settings of Rules where no Rule is on', async () => {
        const rules = (rest: string) =>
          `rulesConfigs: [{ key: KEY, value: ##KEY## }]\nrules: [{ name: a-rule, script: ./script.js${rest} }]`;
        expect(await mistakes(rules(', enabled: false'))).to.deep.equal([]);
        expect(await mistakes(rules(''))).to.deep.equal([
          '1 rulesConfigs[0].value: ##KEY## needs KEY in the environment',
        ]);
      });
    });

    it('may have placeholders that the environment lacks, unless what is read takes them from there', async () => {
      const text = `emailProvider: &smtp
  name: ##SMTP_USER##
  credentials: { smtp_pass: ##SMTP_PASS## }
clients:
  - name: Web
    client_metadata: { sender: "##SENDER##" }
    addons: *smtp
`;
      expect(await mistakes(text)).to.deep.equal([
        '6 clients[0].client_metadata.sender: ##SENDER## needs SENDER in the environment',
      ]);
      expect(await mistakes(text.replace('{ sender: "##SENDER##" }', '*smtp'))).to.deep.equal([
        '2 clients[0].client_metadata.name: ##SMTP_USER## needs SMTP_USER in the environment',
        '3 clients[0].client_metadata.credentials.smtp_pass: ##SMTP_PASS## needs SMTP_PASS in the environment',
      ]);
    });
  });

  describe('with merge keys', () => {
    const YAML = `resourceServers:
  - &api { name: A, identifier: a, token_lifetime: 60, allow_offline_access: true }
  - &second
    <<: *api
    name: B
    identifier: b
  - { name: C, <<: [ { token_lifetime: 90 }, *second ], identifier: c }
  - <<: *second
    "identifier": d
    token_lifetime: never
clients:
  - name: Web
    client_metadata: { "<<": a name }
`;
    const RIGHT = YAML.replace('    token_lifetime: never\n', '');

    it('has the entries of the named maps: its own count most, then the first ones', async () => {
      const { config, lineOf } = await load(RIGHT);
      const all = config.resourceServers.map((api) => [api.name, api.identifier, api.token_lifetime]);
      expect(all).to.deep.equal([
        ['A', 'a', 60],
        ['B', 'b', 60],
        ['C', 'c', 90],
        ['B', 'd', 60],
      ]);
      expect(config.resourceServers.map((api) => api.allow_offline_access)).to.deep.equal(
        Array(4).fill(true),
      );
      expect(config.clients[0]?.client_metadata).to.deep.equal({ '<<': 'a name' });
      expect(lineOf(['resourceServers', 3, 'token_lifetime'])).to.equal(2);
      expect(lineOf(['resourceServers', 3, 'name'])).to.equal(5);
      expect(lineOf(['resourceServers', 3, 'identifier'])).to.equal(9);
    });

    it('reports a mistake where it is, which may be in the named map', async () => {
      expect(await mistakes(YAML)).to.deep.equal(['10 resourceServers[3].token_lifetime: must be a number']);
      expect(await mistakes(RIGHT.replace('token_lifetime: 60', 'token_lifetime: 0'))).to.deep.equal([
        '2 resourceServers[0].token_lifetime: must be at least 1',
        '2 resourceServers[1].token_lifetime: must be at least 1',
        '2 resourceServers[3].token_lifetime: must be at least 1',
      ]);
      const wanted = '<< takes the entries of a map, as in "<<: *name", or of a list of maps';
      expect(await mistakes('clients:\n  - name: A\n    <<: text\n')).to.deep.equal([`3 : ${wanted}`]);
      expect(await mistakes('clients:\n  - { name: A, <<: [{}, 1] }\n')).to.deep.equal([`2 : ${wanted}`]);
      expect(await mistakes('clients:\n  - { name: A, <<: *none }\n')).to.deep.equal([
        '2 : *none has no anchor &none before it',
      ]);
    });

    it('may name an anchor hundreds of times, but not so often that it fills the memory', async () => {
      const many = Array.from({ length: 300 }, (_, i) => `  - { name: C${i}, refresh_token: *rt }`);
      const first = 'clients:\n  - { name: A, refresh_token: &rt { leeway: 3 } }\n';
      const { config } = await load(first + many.join('\n'));
      expect(config.clients.filter((client) => client.refresh_token.leeway === 3)).to.have.lengthOf(301);
      const bomb = ['branding: &a { k: [1,1,1,1,1,1,1,1,1,1] }', 'flows:'];
      for (const [i, name] of [...'bcdefghi'].entries())
        bomb.push(`  - &${name} { <<: [${Array(10).fill(`*${'abcdefgh'[i]}`).join()}] }`);
      for (const text of [bomb.join('\n'), 'flows: &f { <<: *f }\n', 'flows: &f [*f]\n'])
        expect((await mistakes(text)).join(), text).to.include('1 : uses aliases (*name) so often');
    });
  });

  it('may have its database among the connections', async () => {
    const test = await startTestTenant({
      yaml: `clients: [{ name: Web, callbacks: ["http://localhost:3000/callback"] }]
connections: [{ name: people, strategy: auth0, enabled_clients: [Web], options: { passwordPolicy: good } }]
`,
    });
    const client = new Client(test.tenant);
    try {
      await client.logIn({ scope: 'openid', audience: '' });
      expect(test.last('login ok')?.connection).to.equal('people');
    } finally {
      client.close();
      await test.close();
    }
  });

  it('may say by an empty text that there is no default audience', async () => {
    const { config } = await load("tenant: { default_audience: '', friendly_name: '' }\n");
    expect(config.tenant.default_audience).to.equal(undefined);
  });

  it('is not a folder of auth0-deploy-cli’s other format, and says how to convert it', async () => {
    const directory = path.join(folder, 'directory');
    fs.mkdirSync(path.join(directory, 'clients'), { recursive: true });
    fs.writeFileSync(path.join(directory, 'tenant.json'), '{}');
    const error: Error = await loadTenantConfig(directory, {}).then(
      () => new Error('it was read'),
      (reason) => reason,
    );
    expect(error).to.be.instanceOf(ConfigurationError);
    expect(error.message)
      .to.include(`a0deploy import --input_file ${directory}`)
      .and.include('a0deploy export --format yaml');
    const other = path.join(folder, 'other');
    fs.mkdirSync(other);
    const reported: Error = await loadTenantConfig(other, {}).catch((reason) => reason);
    expect(reported.message).to.include('is a folder; name the file in it');
  });
});
