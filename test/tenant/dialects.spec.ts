import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { CALLBACK, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';

const DIALECTS = ['access_token', 'access_token_authz', 'rfc9068_profile', 'rfc9068_profile_authz'] as const;
const SUB = 'auth0|a11ce0000000000000000001';

const apis = DIALECTS.map(
  (dialect) => `
  - name: ${dialect}
    identifier: https://${dialect.replaceAll('_', '-')}.example/
    token_dialect: ${dialect}
    token_lifetime: 600
    allow_offline_access: true
    scopes: [{ value: "read:x" }, { value: "write:x" }]`,
).join('');
const YAML = `
resourceServers:${apis}
  - { name: PS, identifier: ps, signing_alg: PS256, scopes: [{ value: "read:x" }] }
  - { name: Shared secret, identifier: hs, signing_alg: HS256, scopes: [{ value: "read:x" }] }
  - { name: Given, identifier: given, signing_alg: HS256, signing_secret: a-secret-given-in-tenant.yaml }
clients:
  - name: Web
    callbacks: [${CALLBACK}]
  - { name: Machine, app_type: non_interactive, grant_types: [client_credentials] }
clientGrants:${DIALECTS.map(
  (dialect) => `
  - { client_id: Machine, audience: "https://${dialect.replaceAll('_', '-')}.example/", scope: ["write:x"] }`,
).join('')}
roles:
  - name: manager
    permissions:${DIALECTS.map(
      (dialect) => `
      - { permission_name: "read:x", resource_server_identifier: "https://${dialect.replaceAll('_', '-')}.example/" }`,
    ).join('')}
`;

describe('the dialects of access tokens', () => {
  let test: TestTenant;
  let client: Client;
  const identifier = (dialect: string) => `https://${dialect.replaceAll('_', '-')}.example/`;
  before(async () => {
    test = await startTestTenant();
    fs.writeFileSync(path.join(test.folder, 'tenant.yaml'), YAML);
    await test.tenant.reload();
    expect(test.tenant.overview().problems).to.equal(undefined);
  });
  after(() => test?.close());
  beforeEach(() => {
    client = new Client(test.tenant);
  });
  afterEach(() => client.close());
  const keys = () => createRemoteJWKSet(new URL('/.well-known/jwks.json', test.tenant.origin));

  for (const dialect of DIALECTS) {
    const rfc = dialect.startsWith('rfc');
    const authz = dialect.endsWith('authz');
    const own = rfc ? ['client_id', 'jti'] : ['azp'];
    const claims = ['iss', 'sub', 'aud', 'iat', 'exp', 'scope', ...own, ...(authz ? ['permissions'] : [])];

    it(`${dialect}: has its header and its claims, no more and no fewer, for a user`, async () => {
      const audience = identifier(dialect);
      const { access_token = '', refresh_token } = await client.logIn({
        audience,
        scope: 'openid offline_access read:x',
      });
      const { protectedHeader, payload } = await jwtVerify(access_token, keys(), {
        issuer: test.tenant.issuer,
        audience,
        typ: rfc ? 'at+jwt' : 'JWT',
        algorithms: ['RS256'],
      });
      expect(protectedHeader).to.have.all.keys('alg', 'typ', 'kid');
      expect(payload).to.have.all.keys(claims);
      expect(payload).to.include({ sub: SUB, [rfc ? 'client_id' : 'azp']: 'Web' });
      expect(payload.aud).to.deep.equal([audience, `${test.tenant.issuer}userinfo`]);
      expect(Number(payload.exp) - Number(payload.iat)).to.equal(600);
      if (authz) expect(payload.permissions).to.deep.equal(['read:x']);
      const refreshed = decode((await client.refresh(refresh_token)).body.access_token);
      expect(refreshed.header.typ).to.equal(rfc ? 'at+jwt' : 'JWT');
      expect(refreshed.payload).to.have.all.keys(rfc ? claims : [...claims, 'gty']);
      if (!rfc) expect(refreshed.payload.gty).to.equal('refresh_token');
    });

    it(`${dialect}: has them for a machine`, async () => {
      const { status, body } = await client.token({
        grant_type: 'client_credentials',
        audience: identifier(dialect),
        ...test.credentials('MACHINE'),
      });
      expect(status, JSON.stringify(body)).to.equal(200);
      const { header, payload } = decode(body.access_token);
      expect(header.typ).to.equal(rfc ? 'at+jwt' : 'JWT');
      expect(payload).to.have.all.keys(rfc ? claims : [...claims, 'gty']);
      expect(payload).to.deep.include({
        sub: 'Machine@clients',
        aud: identifier(dialect),
        scope: 'write:x',
        ...(authz ? { permissions: ['write:x'] } : {}),
        ...(rfc ? {} : { gty: 'client-credentials' }),
      });
    });
  }

  it('gives two tokens of RFC 9068 two identifiers', async () => {
    const parameters = { audience: identifier('rfc9068_profile'), scope: 'openid read:x' };
    const jtis = [await client.logIn(parameters), await client.logIn(parameters)].map(
      ({ access_token }) => decode(access_token).payload.jti,
    );
    expect(new Set(jtis).size).to.equal(2);
    expect(jtis.every((jti) => typeof jti === 'string' && jti.length > 10)).to.equal(true);
  });

  it('has a plain audience without openid, so such a token is none for /userinfo', async () => {
    const audience = identifier('access_token');
    const { access_token } = await client.logIn({ audience, scope: 'read:x', nonce: undefined });
    expect(decode(access_token).payload).to.include({ aud: audience, scope: 'read:x' });
    const refused = await fetch(`${test.tenant.origin}/userinfo`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(refused.status).to.equal(401);
    expect(test.last('userinfo refused')?.reason).to.include('aud does not fit');
  });

  it('PS256: verifies against the JWKS by a key of its algorithm, and is none for /userinfo', async () => {
    const { access_token = '' } = await client.logIn({ audience: 'ps', scope: 'openid read:x' });
    const { protectedHeader, payload } = await jwtVerify(access_token, keys(), { audience: 'ps' });
    expect(protectedHeader.alg).to.equal('PS256');
    expect(payload.aud).to.equal('ps');
  });

  describe('HS256', () => {
    it("is signed with the API's own secret, which is made once, stored and shown", async () => {
      const { access_token = '', id_token = '' } = await client.logIn({
        audience: 'hs',
        scope: 'openid read:x',
      });
      const secret = test.tenant.settings().SIGNING_SECRET__SHARED_SECRET ?? '';
      expect(secret).to.match(/^[A-Za-z0-9]{48,}$/);
      const { protectedHeader, payload } = await jwtVerify(access_token, Buffer.from(secret));
      expect(protectedHeader).to.deep.equal({ alg: 'HS256', typ: 'JWT' });
      expect(payload.aud, 'a text: it is none for /userinfo').to.equal('hs');
      await jwtVerify(id_token, keys(), { algorithms: ['RS256'] });
      const wrong = await jwtVerify(access_token, Buffer.from('x'.repeat(64))).catch((e: Error) => e);
      expect(wrong).to.have.property('code', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
      const again = await test.another();
      try {
        expect(again.settings().SIGNING_SECRET__SHARED_SECRET).to.equal(secret);
      } finally {
        await again.close();
      }
    });

    it('takes the secret of tenant.yaml, else of the environment, and shows none on its page', async () => {
      const { access_token = '' } = await client.logIn({ audience: 'given', scope: 'openid' });
      await jwtVerify(access_token, Buffer.from('a-secret-given-in-tenant.yaml'));
      const html = await (await fetch(test.tenant.origin)).text();
      expect(html).to.include('by a secret of the API’s own').and.not.to.include('a-secret-given');
      const env = { SIGNING_SECRET__SHARED_SECRET: 'from-the-environment' };
      const other = await startTestTenant({ config: path.join(test.folder, 'tenant.yaml'), env });
      try {
        expect(other.tenant.settings()).to.include(env);
      } finally {
        await other.close();
      }
    });
  });
});
