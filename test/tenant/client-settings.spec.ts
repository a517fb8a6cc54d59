import { expect } from 'chai';
import { createRemoteJWKSet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { client as clientSchema } from '../../shared/tenant/config/schema';
import { SIGNING_ALGORITHMS } from '../../shared/tenant/config/vocabulary';
import { AUDIENCE, CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant, withTenant } from '../support/tenant';

const SECRET = 'a secret of thirty-two letters, or more';
const YAML = `
resourceServers:
  - { name: Appointments API, identifier: ${AUDIENCE}, allow_offline_access: true, scopes: [{ value: "read:appointments" }] }
  - { name: Long, identifier: long, signing_alg: RS512, scopes: [] }
clients:
  - { name: Plain, callbacks: [${CALLBACK}] }
  - { name: Short, callbacks: [${CALLBACK}], jwt_configuration: { lifetime_in_seconds: 90, secret_encoded: false } }
  - { name: Shared, callbacks: [${CALLBACK}], client_secret: "${SECRET}", jwt_configuration: { alg: HS256 } }
  - { name: Public, callbacks: [${CALLBACK}], token_endpoint_auth_method: none, jwt_configuration: { alg: HS256 } }
  - { name: Padded, callbacks: [${CALLBACK}], jwt_configuration: { alg: PS256 } }
  - { name: Wide, callbacks: [${CALLBACK}], jwt_configuration: { alg: RS512 } }
`;

describe('the settings of an application', () => {
  let test: TestTenant;
  let client: Client;
  withTenant(
    () => startTestTenant({ yaml: YAML }),
    (given) => {
      ({ test, client } = given);
    },
  );

  const logIn = async (name: string, parameters: Record<string, string> = {}) => {
    const credentials = test.credentials(name.toUpperCase());
    const url = await client.callback({ client_id: credentials.client_id, ...parameters });
    const secret = name === 'Public' ? undefined : credentials.client_secret;
    const { body } = await client.redeem(url.searchParams.get('code') ?? '', {
      ...credentials,
      client_secret: secret,
    });
    expect(body, JSON.stringify(body)).to.have.property('id_token');
    return body;
  };
  const published = () =>
    createRemoteJWKSet(new URL(`${test.tenant.origin}/.well-known/jwks.json`)) as JWTVerifyGetKey;

  it('say how long an ID token lives; ten hours by default', async () => {
    for (const [name, seconds] of [
      ['Plain', 36_000],
      ['Short', 90],
    ] as const) {
      const { iat, exp } = decode((await logIn(name)).id_token).payload;
      expect(Number(exp) - Number(iat), name).to.equal(seconds);
    }
  });

  const algorithms: [name: string, alg: (typeof SIGNING_ALGORITHMS)[number], shared: boolean][] = [
    ['Plain', 'RS256', false],
    ['Padded', 'PS256', false],
    ['Wide', 'RS512', false],
    ['Shared', 'HS256', true],
    ['Public', 'HS256', true],
  ];
  for (const [name, alg, shared] of algorithms)
    it(`say that ${name}'s ID tokens are signed with ${alg}, and such a one proves who logs out`, async () => {
      const { id_token = '' } = await logIn(name);
      const { client_id, client_secret } = test.credentials(name.toUpperCase());
      const key: JWTVerifyGetKey = shared ? async () => Buffer.from(client_secret ?? '') : published();
      const { payload, protectedHeader } = await jwtVerify(id_token, key, {
        issuer: test.tenant.issuer,
        audience: client_id ?? '',
      });
      expect([protectedHeader.alg, payload.nonce]).to.deep.equal([alg, 'the-nonce']);
      await client.browser.get(`${test.tenant.origin}/oidc/logout?id_token_hint=${id_token}`);
      expect(test.last('logout')).to.include({ client_id, user_id: payload.sub });
    });

  it('are in the discovery document, as far as there is a choice', async () => {
    const discovery = await (await fetch(`${test.tenant.origin}/.well-known/openid-configuration`)).json();
    expect(discovery.id_token_signing_alg_values_supported).to.have.members([...SIGNING_ALGORITHMS]);
    expect(discovery.token_endpoint_auth_methods_supported).to.deep.equal([
      'client_secret_basic',
      'client_secret_post',
      'none',
    ]);
  });

  it('may have an API whose tokens are signed with RS512', async () => {
    const { access_token = '' } = await logIn('Plain', { audience: 'long', scope: 'openid' });
    const { protectedHeader } = await jwtVerify(access_token, published(), { audience: 'long' });
    expect(protectedHeader.alg).to.equal('RS512');
  });

  it('are a real tenant’s by default', () => {
    expect(clientSchema.parse({ name: 'A' })).to.deep.include({
      app_type: 'regular_web',
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_post',
      jwt_configuration: { lifetime_in_seconds: 36_000, alg: 'RS256' },
      refresh_token: {
        rotation_type: 'non-rotating',
        expiration_type: 'non-expiring',
        leeway: 0,
        token_lifetime: 2_592_000,
        infinite_token_lifetime: false,
        idle_token_lifetime: 2_592_000,
        infinite_idle_token_lifetime: false,
      },
    });
  });
});
