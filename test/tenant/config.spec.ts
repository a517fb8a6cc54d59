import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { ConfigurationError, loadTenantConfig } from '../../shared/tenant/config/load';
import { loadUsers } from '../../shared/tenant/config/users';
import { temporaryFolder, USERS } from '../support/workshop';

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
  const users = (text: string) => mistakes(loadUsers, 'users.json', text);

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

    it('is told every mistake at once, with path and line', async () => {
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

    it('is told what does not fit together', async () => {
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
        '3 resourceServers[1].identifier: stands here twice: a',
        '8 databases[0].enabled_clients[0]: names no application of this file: Nobody',
        '10 clientGrants[0].audience: names no API of this file: nowhere',
        '10 clientGrants[0].client_id: names no application of this file: Nobody',
        '12 tenant.default_audience: names no API of this file: nowhere',
      ]);
    });

    it('is told where users belong, and YAML that cannot be read', async () => {
      expect((await yaml('users: []\n')).join())
        .to.include('1 users:')
        .and.include('users.json');
      expect((await yaml('clients:\n  - name: A\n    name: B\n')).join()).to.match(/^3 .*unique/i);
      expect((await yaml('clients: [\n')).length).to.be.greaterThan(0);
      expect(
        (await mistakes(() => loadTenantConfig(path.join(folder, 'none.yaml')), 'x', '')).join(),
      ).to.include('does not exist');
    });

    it('takes ##NAME## from the environment', async () => {
      const text = 'clients:\n  - name: A\n    callbacks: ["##ORIGIN##/callback"]\n';
      expect(await yaml(text, { ORIGIN: 'http://localhost:3000' })).to.deep.equal([]);
      expect((await yaml(text)).join()).to.include(
        '3 clients[0].callbacks[0]: ##ORIGIN## needs ORIGIN in the environment',
      );
    });
  });

  describe('users.json', () => {
    it('gives the normalized profile of a real tenant', async () => {
      const directory = await loadUsers(USERS);
      const ann = directory.findByEmail(' ANN@example.com ');
      expect(ann).to.include({ name: 'Ann Archer', nickname: 'ann', email_verified: true });
      expect(ann?.user_id).to.match(/^auth0\|/);
      expect(ann?.picture).to.match(/^data:image/);
      expect(ann?.identities).to.deep.equal([
        {
          connection: 'Username-Password-Authentication',
          provider: 'auth0',
          user_id: ann?.user_id.slice(6),
          isSocial: false,
        },
      ]);
      expect(directory.findById(ann?.user_id ?? '')).to.equal(ann);
    });

    it('is told every mistake at once, with path and line', async () => {
      const found = await users(`[
  { "email": "not an address", "password_hash": "$2b$10$${'a'.repeat(53)}" },
  { "email": "b@example.com", "password_hash": "plain" },
  { "email": "c@example.com" },
  { "email": "d@example.com", "password_hash": "$2b$10$${'a'.repeat(53)}" },
  { "email": "D@example.com", "password_hash": "$2b$10$${'a'.repeat(53)}" }
]`);
      expect(found[0]).to.include('2 [0].email: must be an e-mail address');
      expect(found[1]).to.include('3 [1].password_hash: must be a bcrypt hash');
      expect(found[2]).to.include('4 [2]: needs exactly one of password_hash and custom_password_hash');
    });

    it('has each user once', async () => {
      const hash = `$2b$10$${'a'.repeat(53)}`;
      const found = await users(
        JSON.stringify([
          { email: 'd@example.com', password_hash: hash },
          { email: 'D@example.com', password_hash: hash },
        ]),
      );
      expect(found.join()).to.include('[1].email: stands here twice');
    });
  });
});
