import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ConfigurationError, loadTenantConfig } from '../../shared/tenant/config/load';
import { temporaryFolder } from '../support/workshop';

describe("the tenant's files", () => {
  const { folder, remove } = temporaryFolder();
  after(remove);

  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text);
    return file;
  };
  /** Every mistake as "line path: message". */
  async function mistakes(
    load: (file: string) => Promise<unknown>,
    name: string,
    text: string,
  ): Promise<string[]> {
    try {
      await load(write(name, text));
    } catch (error) {
      if (error instanceof ConfigurationError)
        return error.problems.map(({ line, path: at, message }) => `${line} ${at}: ${message}`);
      throw error;
    }
    return [];
  }
  const yaml = (text: string, env = {}) =>
    mistakes((file) => loadTenantConfig(file, env), 'tenant.yaml', text);

  describe('tenant.yaml', () => {
    it('may be empty, and fills in the defaults of a real tenant', async () => {
      const { config } = await loadTenantConfig(
        write('tenant.yaml', 'resourceServers:\n  - { name: A, identifier: a }\nclients:\n  - { name: B }\n'),
      );
      expect(config.resourceServers[0]).to.include({
        token_lifetime: 86_400,
        signing_alg: 'RS256',
        token_dialect: 'access_token',
        allow_offline_access: false,
        enforce_policies: false,
        skip_consent_for_verifiable_first_party_clients: true,
      });
      expect(config.clients[0]?.jwt_configuration.lifetime_in_seconds).to.equal(36_000);
      expect(config.clients[0]?.refresh_token).to.include({ leeway: 0, token_lifetime: 2_592_000 });
      expect(await yaml('')).to.deep.equal([]);
      expect(await yaml('clients:\nresourceServers:\n')).to.deep.equal([]);
    });

    it('reports every mistake at once, with path and line', async () => {
      const found = await yaml(`resourceServers:
  - name: A <b>
    identifier: a
    token_lifetime: 99999999
    scopes:
      - value: two words
  - name: C
    identifier: a
clients:
  - name: B
    callbacks: [not-a-url]
    grant_type: [authorization_code]
databases:
  - name: D
    enabled_clients: [Nobody]
tenant:
  default_audience: nowhere
`);
      expect(found.join('\n')).to.match(/^2 resourceServers\[0\]\.name: must not contain < or >$/m);
      expect(found.join('\n')).to.match(/^4 resourceServers\[0\]\.token_lifetime: must be at most 2592000$/m);
      expect(found.join('\n')).to.match(/^6 resourceServers\[0\]\.scopes\[0\]\.value: must be one word/m);
      expect(found.join('\n')).to.match(/^11 clients\[0\]\.callbacks\[0\]: must be an absolute URL/m);
      expect(found.join('\n')).to.match(
        /^12 clients\[0\]\.grant_type: is not known here; did you mean grant_types\?$/m,
      );
    });

    it('reports what does not fit together', async () => {
      const found = await yaml(`resourceServers:
  - { name: A, identifier: a }
  - { name: C, identifier: a }
clients:
  - { name: B }
databases:
  - name: D
    enabled_clients: [Nobody]
clientGrants:
  - { client_id: Nobody, audience: nowhere }
tenant:
  default_audience: nowhere
`);
      expect(found).to.deep.equal([
        '3 resourceServers[1].identifier: is listed twice: a',
        '8 databases[0].enabled_clients[0]: names no application of this file: Nobody',
        '10 clientGrants[0].audience: names no API of this file: nowhere',
        '10 clientGrants[0].client_id: names no application of this file: Nobody',
        '12 tenant.default_audience: names no API of this file: nowhere',
      ]);
    });

    it('reports where users belong, and YAML that cannot be read', async () => {
      expect((await yaml('users: []\n')).join())
        .to.include('1 users:')
        .and.include('users.json');
      expect((await yaml('clients:\n  - name: A\n    name: B\n')).join()).to.match(/^3 .*unique/i);
      expect((await yaml('clients: [\n')).length).to.be.greaterThan(0);
      expect(
        (await mistakes(() => loadTenantConfig(path.join(folder, 'none.yaml')), 'x', '')).join(),
      ).to.include('does not exist');
    });

    it('reports in plain words what is wrong with YAML, each at its line', async () => {
      const cases: [text: string, line: number, words: string][] = [
        ['clients:\n  - name: A\n    callbacks\n    grant_types: []\n', 3, 'without a colon'],
        ['clients:\n  - name: A\n   grant_types: []\n', 3, 'begin in the same column'],
        ['clients:\n  - name: A\n    description: See: all\n', 3, 'into quotes'],
        ['clients:\n\t- name: A\n', 2, 'use spaces'],
        ['clients: [\n', 1, 'not closed'],
        ['clients:\n  - name: "A\n', 2, 'quotation mark'],
        ['clients:\n  - name: @A\n', 2, 'must be in quotes'],
        ['clients: []\n---\nclients: []\n', 2, 'one is wanted'],
      ];
      for (const [text, line, words] of cases) {
        const [first = ''] = await yaml(text);
        expect(first, text).to.include(words);
        expect(Math.abs(Number.parseInt(first, 10) - line), first).to.be.at.most(1);
      }
    });

    it('takes ##NAME## from the environment', async () => {
      const text = 'clients:\n  - name: A\n    callbacks: ["##ORIGIN##/callback"]\n';
      expect(await yaml(text, { ORIGIN: 'http://localhost:3000' })).to.deep.equal([]);
      expect((await yaml(text)).join()).to.include(
        '3 clients[0].callbacks[0]: ##ORIGIN## needs ORIGIN in the environment',
      );
    });

    it('takes ##NAME## and @@NAME@@ without quotes too, as auth0-deploy-cli does', async () => {
      const text = `##BANNER##
## A comment ##
resourceServers:
  - name: ##NAME##
    identifier: https://##HOST##/api # ##HOST## is a name only
    token_lifetime: ##LIFETIME##
    allow_offline_access: @@OFFLINE@@
clients:
  - name: "##LIFETIME##"
    callbacks: @@CALLBACKS@@
    allowed_logout_urls: "@@CALLBACKS@@"
`;
      const CALLBACKS = ['http://localhost:3000/callback'];
      const env = {
        // Whatever it holds, a value remains a value.
        NAME: 'A: [b] # c\n  - name: D',
        HOST: 'api.example',
        LIFETIME: '60',
        OFFLINE: 'true',
        CALLBACKS: JSON.stringify(CALLBACKS),
      };
      const { config } = await loadTenantConfig(write('tenant.yaml', text), env);
      expect(config.resourceServers).to.have.lengthOf(1);
      expect(config.resourceServers[0]).to.include({
        name: env.NAME,
        identifier: 'https://api.example/api',
        token_lifetime: 60,
        allow_offline_access: true,
      });
      expect(config.clients[0]).to.deep.include({
        name: '60',
        callbacks: CALLBACKS,
        allowed_logout_urls: CALLBACKS,
      });
      expect(await yaml(text, { ...env, LIFETIME: undefined, CALLBACKS: undefined })).to.deep.equal([
        '6 resourceServers[0].token_lifetime: ##LIFETIME## needs LIFETIME in the environment',
        '9 clients[0].name: ##LIFETIME## needs LIFETIME in the environment',
        '10 clients[0].callbacks: @@CALLBACKS@@ needs CALLBACKS in the environment',
        '11 clients[0].allowed_logout_urls: @@CALLBACKS@@ needs CALLBACKS in the environment',
      ]);
    });

    it('reports single values, duplicates and what does not fit together in one go, in the order of the file', async () => {
      const found = await yaml(`tenant:
  default_audience: nowhere
clients:
  - name: A
    app_type: website
    app_type: regular
  - name: A
    foo: 1
`);
      expect(found).to.have.lengthOf(5);
      expect(found[0]).to.equal('2 tenant.default_audience: names no API of this file: nowhere');
      expect(found[1]).to.match(/^6 .*unique/);
      expect(found[2]).to.match(/^6 clients\[0\]\.app_type: must be one of regular_web/);
      expect(found[3]).to.equal('7 clients[1].name: is listed twice: A');
      expect(found[4]).to.equal('8 clients[1].foo: is not known here');
    });

    it('separates applications that would get the same client_id or the same variables', async () => {
      expect(await yaml('clients:\n  - name: Web App\n  - name: WebApp\n')).to.deep.equal([
        '3 clients[1].name: would make two applications WebApp, this one and Web App: give one of them a client_id of its own',
      ]);
      expect(
        await yaml('clients:\n  - name: A\n  - name: B\n    client_id: fromEnv\n', {
          CLIENT_ID__A: 'fromEnv',
        }),
      ).to.have.lengthOf(1);
      expect(
        (await yaml('clients:\n  - { name: A b, client_id: x }\n  - { name: a-B, client_id: y }\n'))[0],
      ).to.match(/^3 clients\[1\]\.name: is CLIENT_ID__A_B in the environment, as A b is/);
      expect(
        await yaml('clients:\n  - name: Web App\n  - { name: WebApp, client_id: other }\n'),
      ).to.deep.equal([]);
    });

    it('takes what a real tenant exports, but no setting that would have no effect', async () => {
      const exported = `clients:
  - name: A
    cross_origin_authentication: false
    is_token_endpoint_ip_header_trusted: false
    sso_disabled: false
    native_social_login: { apple: { enabled: false } }
    signed_request_object: false
    refresh_token:
resourceServers:
  - { name: A, identifier: a, signing_secret: shared-with-the-api, token_encryption: null }
emailTemplates: []
guardianFactors: []
prompts: {}
themes: []
`;
      expect(await yaml(exported)).to.deep.equal([]);
      const required = exported.replace('request_object: false', 'request_object: { required: true }');
      expect(await yaml(required)).to.deep.equal([
        '7 clients[0].signed_request_object.required: is not supported by the local tenant; leave it off',
      ]);
      const encrypted = exported.replace('token_encryption: null', 'token_encryption: { format: jwe }');
      expect(await yaml(encrypted)).to.deep.equal([
        '10 resourceServers[0].token_encryption: is not supported by the local tenant; leave it out',
      ]);
    });

    it('reports where a key belongs that is nested too deep, unless it is there already', async () => {
      const api = (more: string) =>
        `resourceServers:\n  - name: A\n    identifier: a\n    scopes:\n      - value: x\n${more}`;
      expect(await yaml(api('        enforce_policies: true\n'))).to.deep.equal([
        '6 resourceServers[0].scopes[0].enforce_policies: is not known here: it is nested too deep, and belongs to resourceServers[0]',
      ]);
      expect(await yaml(api('        name: x\n'))).to.deep.equal([
        '6 resourceServers[0].scopes[0].name: is not known here',
      ]);
      expect(await yaml('clients:\n  - name: A\n    roles: []\n')).to.deep.equal([
        '3 clients[0].roles: is not known here: it is nested too deep, and belongs to the file, at its margin',
      ]);
      expect(await yaml('clients:\n  - name: A\n    refresh_token: { leway: 1 }\n')).to.deep.equal([
        '3 clients[0].refresh_token.leway: is not known here; did you mean leeway?',
      ]);
    });

    it('refuses a callback that would run as a script', async () => {
      for (const url of ['javascript://x/%0aalert(1)', 'data://text/html,x', 'file:///etc/passwd'])
        expect((await yaml(`clients:\n  - name: A\n    callbacks: ["${url}"]\n`)).join(), url).to.match(
          /^3 clients\[0\]\.callbacks\[0\]: must be an absolute URL/,
        );
      expect(
        await yaml('clients:\n  - name: A\n    callbacks: [com.example.app://callback]\n'),
      ).to.deep.equal([]);
    });

    it('reports in words what fails before any schema', async () => {
      expect(await yaml('clients: *nothing\n')).to.deep.equal([
        '1 : *nothing has no anchor &nothing before it',
      ]);
      const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
      for (const [i, name] of [...'bcdef'].entries())
        bomb.push(`${name}: &${name} [${Array(10).fill(`*${'abcdef'[i]}`).join()}]`);
      expect((await yaml(bomb.join('\n'))).join()).to.include('aliases');
      expect(await yaml('clients: []\n---\nclients: []\n')).to.deep.equal([
        '2 : a second document begins here; one is wanted',
      ]);
      expect((await mistakes(() => loadTenantConfig(folder, {}), 'x', '')).join()).to.include('is a folder');
    });

    it('knows the line of each value', async () => {
      const { lineOf } = await loadTenantConfig(
        write(
          'tenant.yaml',
          '# first\nclients:\n  - name: A\n    grant_types:\n      - authorization_code\n',
        ),
      );
      expect(lineOf(['clients'])).to.equal(2);
      expect(lineOf(['clients', 0])).to.equal(3);
      expect(lineOf(['clients', 0, 'grant_types'])).to.equal(4);
      expect(lineOf(['clients', 0, 'grant_types', 0])).to.equal(5);
      expect(lineOf(['clients', 0, 'nothing', 'below']), 'the nearest one above').to.equal(3);
    });
  });
});
