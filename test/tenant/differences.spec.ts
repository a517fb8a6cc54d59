import fs from 'node:fs';
import { Management } from 'auth0';
import { expect } from 'chai';
import { connection, OPTIONS } from '../../shared/tenant/config/connections';
import {
  client,
  clientGrant,
  refreshTokenSettings,
  resourceServer,
  role,
} from '../../shared/tenant/config/schema';
import { WITHOUT_EFFECT } from '../../shared/tenant/provider/build';
import { Client } from '../support/client';
import { sdkProperties } from '../support/sdk-types';
import { startTestTenant } from '../support/tenant';
import { accepted, acceptedTable, COMMAND, DOC, tableIn } from './unused-settings';

/** What docs/real-tenant.md says of the differences, against the code that makes them. */
describe('the list of differences from a real tenant', () => {
  const text = fs.readFileSync(DOC, 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  /** The names in code quotes in the first column of the one row that says something. */
  const named = (words: RegExp) => {
    const found = rows.filter((row) => words.test(row));
    expect(found, `rows with ${words}`).to.have.lengthOf(1);
    return [...(found[0]?.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
  };

  it('names every setting of tenant.yaml that is accepted and not read, and none that is read', () => {
    expect(tableIn(text), `the table is not up to date: ${COMMAND}`).to.equal(acceptedTable());
  });

  it('finds such settings by the schema and by the code', () => {
    const all = accepted();
    expect(all.get('')?.withoutEffect).to.include.members(['branding', 'organizations']);
    expect(all.get('clients')?.withoutEffect).to.include.members(['sso', 'web_origins']);
    expect(all.get('clients')?.read).to.include.members(['callbacks', 'is_first_party']);
    expect(all.get('resourceServers')?.refused).to.include('token_encryption');
    expect(all.get('tenant')).to.include({ anything: true });
    expect(all.has('resourceServers.scopes'), 'of which all is read').to.equal(false);
  });

  it('names every parameter of /authorize that is taken without effect', async () => {
    expect(named(/^\| The parameters .* change nothing/)).to.deep.equal([...WITHOUT_EFFECT]);
    const test = await startTestTenant();
    const browser = new Client(test.tenant);
    try {
      await browser.logIn();
      const plain = await browser.callback();
      const given = Object.fromEntries(WITHOUT_EFFECT.map((name) => [name, 'x']));
      const same = await browser.callback({ ...given, display: 'page' });
      expect([...same.searchParams.keys()]).to.deep.equal([...plain.searchParams.keys()]);
      expect(test.last('authorization requested')?.parameters).to.include({ organization: 'x' });
    } finally {
      browser.close();
      await test.close();
    }
  });

  /** What Auth0's own SDK, in the release that is installed, knows of each thing that tenant.yaml describes. */
  const known: Record<string, { schema: unknown; sdk: string[] }> = {
    'an API': { schema: resourceServer, sdk: ['ResourceServer', 'CreateResourceServerRequestContent'] },
    'an application': { schema: client, sdk: ['Client', 'CreateClientRequestContent'] },
    'an application’s refresh tokens': {
      schema: refreshTokenSettings,
      sdk: ['ClientRefreshTokenConfiguration'],
    },
    'a role': { schema: role, sdk: ['Role', 'CreateRoleRequestContent'] },
    'a connection': { schema: connection, sdk: ['ConnectionForList'] },
    'a connection to an OpenID Provider': { schema: OPTIONS.oidc, sdk: ['ConnectionOptionsOidc'] },
    'a connection by OAuth 2.0': { schema: OPTIONS.oauth2, sdk: ['ConnectionOptionsOAuth2'] },
    'a connection by SAML': { schema: OPTIONS.samlp, sdk: ['ConnectionOptionsSaml'] },
  };
  for (const [thing, { schema, sdk }] of Object.entries(known))
    it(`leaves no setting of ${thing} out that Auth0’s SDK knows`, () => {
      const settings = [...new Set(sdk.flatMap(sdkProperties))];
      expect(settings.length).to.be.greaterThan(3);
      const unknown = settings.filter((name) => !keysOf(schema as Schema).includes(name));
      expect(unknown).to.deep.equal([]);
    });

  it('takes every value that the SDK knows of the settings that it reads, but those that the page lists', () => {
    const api = { name: 'A', identifier: 'a' };
    const app = { name: 'A' };
    const values: [enumeration: Record<string, string>, take: (value: string) => { success: boolean }][] = [
      [Management.SigningAlgorithmEnum, (signing_alg) => resourceServer.safeParse({ ...api, signing_alg })],
      [Management.SigningAlgorithmEnum, (alg) => client.safeParse({ ...app, jwt_configuration: { alg } })],
      [
        Management.ResourceServerTokenDialectResponseEnum,
        (token_dialect) => resourceServer.safeParse({ ...api, token_dialect }),
      ],
      [
        Management.ResourceServerProofOfPossessionMechanismEnum,
        (mechanism) =>
          resourceServer.safeParse({ ...api, proof_of_possession: { mechanism, required: true } }),
      ],
      [
        Management.ResourceServerSubjectTypeAuthorizationUserPolicyEnum,
        (policy) => resourceServer.safeParse({ ...api, subject_type_authorization: { user: { policy } } }),
      ],
      [
        Management.ResourceServerSubjectTypeAuthorizationClientPolicyEnum,
        (policy) => resourceServer.safeParse({ ...api, subject_type_authorization: { client: { policy } } }),
      ],
      [Management.ClientAppTypeEnum, (app_type) => client.safeParse({ ...app, app_type })],
      [
        Management.ClientTokenEndpointAuthMethodEnum,
        (token_endpoint_auth_method) => client.safeParse({ ...app, token_endpoint_auth_method }),
      ],
      [
        Management.RefreshTokenRotationTypeEnum,
        (rotation_type) => client.safeParse({ ...app, refresh_token: { rotation_type } }),
      ],
      [
        Management.RefreshTokenExpirationTypeEnum,
        (expiration_type) => client.safeParse({ ...app, refresh_token: { expiration_type } }),
      ],
      [
        Management.ClientGrantSubjectTypeEnum,
        (subject_type) => clientGrant.safeParse({ client_id: 'A', audience: 'a', subject_type }),
      ],
    ];
    const refused = values.flatMap(([all, take]) => Object.values(all).filter((one) => !take(one).success));
    expect(refused).to.deep.equal(['mtls']);
    expect(named(/does not support mutual TLS/)).to.deep.equal(['proof_of_possession']);
  });

  it('takes null, by which Auth0 says that a setting is not there', () => {
    const nothing = (names: string[]) => Object.fromEntries(names.map((name) => [name, null]));
    const app = client.safeParse({
      name: 'A',
      ...nothing([
        'refresh_token',
        'token_endpoint_auth_method',
        'par_request_expiry',
        'signed_request_object',
        'client_authentication_methods',
        'default_organization',
      ]),
    });
    expect(app.error?.issues).to.equal(undefined);
    expect(app.data).to.deep.include({ token_endpoint_auth_method: 'client_secret_post' });
    const api = resourceServer.safeParse({
      name: 'A',
      identifier: 'a',
      ...nothing([
        'authorization_details',
        'authorization_policy',
        'consent_policy',
        'proof_of_possession',
        'token_encryption',
      ]),
    });
    expect(api.error?.issues).to.equal(undefined);
    const stricter = client.safeParse({ name: 'A', signed_request_object: { required: true } });
    expect(stricter.error?.issues[0]?.message).to.include('not supported');
  });
});

/** A schema of zod, as far as it is looked into here. */
interface Schema {
  def: { shape?: Record<string, unknown>; innerType?: Schema; out?: Schema };
}

const keysOf = ({ def }: Schema): string[] =>
  Object.keys(def.shape ?? {}).concat(...[def.innerType, def.out].map((one) => (one ? keysOf(one) : [])));
