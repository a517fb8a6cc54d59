import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { Tenant } from '../../shared/tenant';
import { AUDIENCE, Client, decode } from '../support/client';
import { startTestTenant, type TestTenant, withTenant } from '../support/tenant';
import { ANN } from '../support/workshop';

describe('the tenant', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  withTenant(startTestTenant, (given) => {
    ({ test, tenant, client } = given);
  });

  describe('discovery', () => {
    it("publishes Auth0's paths under the issuer, with its final slash", async () => {
      for (const name of ['openid-configuration', 'oauth-authorization-server']) {
        const metadata = await (await fetch(`${tenant.origin}/.well-known/${name}`)).json();
        expect(metadata).to.include({
          issuer: `${tenant.origin}/`,
          authorization_endpoint: `${tenant.origin}/authorize`,
          token_endpoint: `${tenant.origin}/oauth/token`,
          userinfo_endpoint: `${tenant.origin}/userinfo`,
          revocation_endpoint: `${tenant.origin}/oauth/revoke`,
          end_session_endpoint: `${tenant.origin}/oidc/logout`,
          jwks_uri: `${tenant.origin}/.well-known/jwks.json`,
        });
      }
    });
  });

  describe('tokens', () => {
    it('have the claims of a real tenant, and verify against the JWKS', async () => {
      const answer = await client.logIn();
      expect(answer).to.include({ token_type: 'Bearer', expires_in: 3600 });
      expect(answer.scope?.split(' ')).to.have.members([
        'openid',
        'profile',
        'email',
        'offline_access',
        'read:appointments',
      ]);
      const keys = createRemoteJWKSet(new URL(`${tenant.origin}/.well-known/jwks.json`));
      const access = await jwtVerify(answer.access_token ?? '', keys, {
        issuer: tenant.issuer,
        audience: AUDIENCE,
      });
      expect(access.protectedHeader).to.include({ alg: 'RS256', typ: 'JWT' }).and.have.property('kid');
      expect(access.payload).to.include({ sub: 'auth0|a11ce0000000000000000001', azp: 'Web' });
      expect(access.payload.aud).to.deep.equal([AUDIENCE, `${tenant.issuer}userinfo`]);
      expect(access.payload).to.have.keys(['iss', 'sub', 'aud', 'iat', 'exp', 'scope', 'azp']);
      const id = await jwtVerify(answer.id_token ?? '', keys, { issuer: tenant.issuer, audience: 'Web' });
      expect(id.payload).to.include({
        nonce: 'the-nonce',
        name: ANN.name,
        email: ANN.email,
        nickname: 'ann',
        email_verified: true,
      });
      expect(id.payload).to.have.property('sid');
      expect(Number(id.payload.exp) - Number(id.payload.iat)).to.equal(36_000);
    });

    it('are RFC 9068 where the API says so, also for an identifier that is no URI', async () => {
      const answer = await client.logIn({ audience: 'urn-less identifier', scope: 'openid read:x' });
      const { header, payload } = decode(answer.access_token);
      expect(header.typ).to.equal('at+jwt');
      expect(payload.aud).to.deep.equal(['urn-less identifier', `${tenant.issuer}userinfo`]);
      expect(payload).to.include({ client_id: 'Web' }).and.have.property('jti');
    });

    it('are opaque without an audience, and good for /userinfo; so is a JWT', async () => {
      for (const audience of [undefined, AUDIENCE]) {
        const { access_token = '' } = await client.logIn({ audience });
        expect(access_token.split('.').length).to.equal(audience ? 3 : 1);
        const response = await fetch(`${tenant.origin}/userinfo`, {
          headers: { authorization: `Bearer ${access_token}` },
        });
        expect(await response.json()).to.include({
          sub: 'auth0|a11ce0000000000000000001',
          email: ANN.email,
          name: ANN.name,
        });
      }
      const none = await fetch(`${tenant.origin}/userinfo`);
      expect(none.status).to.equal(401);
      expect(none.headers.get('www-authenticate')).to.match(/^Bearer realm=/);
      const bad = await fetch(`${tenant.origin}/userinfo`, { headers: { authorization: 'Bearer a.b.c' } });
      expect(bad.headers.get('www-authenticate')).to.include('error="invalid_token"');
    });

    it('are good for nothing without openid and without an audience, and /userinfo says why', async () => {
      const { access_token, id_token } = await client.logIn({
        audience: undefined,
        scope: 'profile offline_access',
      });
      expect(id_token).to.equal(undefined);
      const response = await fetch(`${tenant.origin}/userinfo`, {
        headers: { authorization: `Bearer ${access_token}` },
      });
      expect(response.status).to.equal(401);
      expect(response.headers.get('www-authenticate')).to.include('not issued for the scope openid');
      expect(test.last('userinfo refused')?.reason).to.include('openid');
    });

    it('can be asked for by resource as by audience', async () => {
      const { access_token } = await client.logIn({ audience: undefined, resource: AUDIENCE });
      expect(decode(access_token).payload.aud).to.deep.equal([AUDIENCE, `${tenant.issuer}userinfo`]);
    });

    it('leave out scopes that the API does not define, and the log says which', async () => {
      const { access_token } = await client.logIn({ scope: 'openid read:appointments read:nothing' });
      expect(decode(access_token).payload.scope).to.equal('openid read:appointments');
      expect(test.last('scope left out')).to.include({
        scope: 'read:nothing',
        reason: `the API ${AUDIENCE} does not define it`,
      });
    });

    it('include a refresh token under its three conditions only', async () => {
      expect(await client.logIn()).to.have.property('refresh_token');
      expect(await client.logIn({ scope: 'openid read:appointments' })).not.to.have.property('refresh_token');
      expect(
        await client.logIn({ audience: 'urn-less identifier', scope: 'openid offline_access' }),
      ).not.to.have.property('refresh_token');
      expect(test.last('scope left out')?.reason).to.include('allow_offline_access');
      const other = test.credentials('CODE_ONLY');
      const url = await client.callback({ client_id: other.client_id });
      const { body } = await client.redeem(url.searchParams.get('code') ?? '', other);
      expect(body).to.have.property('access_token').and.not.to.equal(undefined);
      expect(body).not.to.have.property('refresh_token');
    });
  });
});
