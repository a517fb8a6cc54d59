import { expect } from 'chai';
import type { Tenant } from '../../shared/tenant';
import { Client, decode } from '../support/client';
import { startTestTenant, type TestTenant, withTenant } from '../support/tenant';

describe('the tenant', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  withTenant(startTestTenant, (given) => {
    ({ test, tenant, client } = given);
  });

  const revoke = async (token: string, name = 'WEB') => {
    const { client_id = '', client_secret = '' } = test.credentials(name);
    const response = await fetch(`${tenant.origin}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id, client_secret, token }),
    });
    return [response.status, await response.text()];
  };
  const userinfo = async (token = '') =>
    (await fetch(`${tenant.origin}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status;

  describe('refresh tokens', () => {
    it('rotate, keep user and scopes, leave the nonce out, and may narrow the scope', async () => {
      const first = await client.logIn();
      const { status, body } = await client.refresh(first.refresh_token);
      expect(status).to.equal(200);
      expect(body.refresh_token).to.be.a('string').and.not.to.equal(first.refresh_token);
      expect(decode(body.id_token).payload).not.to.have.property('nonce');
      expect(decode(body.access_token).payload).to.include({
        sub: 'auth0|a11ce0000000000000000001',
        gty: 'refresh_token',
      });
      const narrow = await client.refresh(body.refresh_token, { scope: 'openid' });
      expect(decode(narrow.body.access_token).payload.scope).to.equal('openid');
      // RFC 6749, section 6: what is left out once is not lost, and nothing comes that was not granted.
      const full = await client.refresh(narrow.body.refresh_token);
      expect(String(decode(full.body.access_token).payload.scope).split(' ')).to.include('read:appointments');
      const wider = await client.refresh(full.body.refresh_token, {
        scope: 'openid read:appointments create:appointments',
      });
      expect([wider.status, wider.body.error]).to.deep.equal([400, 'invalid_scope']);
      expect((await client.refresh(full.body.refresh_token)).status, 'not used up by a refusal').to.equal(
        200,
      );
    });

    it('end the whole family when an old one is used again', async () => {
      const first = await client.logIn();
      const second = (await client.refresh(first.refresh_token)).body;
      const reused = await client.refresh(first.refresh_token);
      expect([reused.status, reused.body.error_description]).to.deep.equal([
        400,
        'Unknown or invalid refresh token.',
      ]);
      expect(test.last('refresh token reused')).to.include({ code: 'ferrt' });
      expect(test.last('refresh token reused')?.reason).to.include('already used');
      expect((await client.refresh(second.refresh_token)).status).to.equal(400);
    });

    it('are used by one of sixteen at the same time', async () => {
      const { refresh_token } = await client.logIn();
      const answers = await Promise.all(Array.from({ length: 16 }, () => client.refresh(refresh_token)));
      expect(answers.filter(({ status }) => status === 200).length).to.equal(1);
    });

    it('may be repeated once within the leeway; an older one ends the family', async () => {
      const other = test.credentials('WITH_LEEWAY');
      const url = await client.callback({ client_id: other.client_id });
      const first = (await client.redeem(url.searchParams.get('code') ?? '', other)).body;
      const second = await client.refresh(first.refresh_token, other);
      const repeated = await client.refresh(first.refresh_token, other);
      expect([second.status, repeated.status]).to.deep.equal([200, 200]);
      const third = await client.refresh(second.body.refresh_token, other);
      expect(third.status).to.equal(200);
      expect((await client.refresh(first.refresh_token, other)).status).to.equal(400);
      expect((await client.refresh(third.body.refresh_token, other)).status).to.equal(400);
    });

    it('are revoked with 200 and an empty body, whatever the token', async () => {
      const { refresh_token = '', access_token = '' } = await client.logIn();
      for (const token of [refresh_token, 'unknown', access_token])
        expect(await revoke(token)).to.deep.equal([200, '']);
      expect((await client.refresh(refresh_token)).status).to.equal(400);
    });

    it('leave access tokens alone when they are revoked, and access tokens leave them alone', async () => {
      const { refresh_token = '', access_token = '' } = await client.logIn({ audience: undefined });
      expect(access_token.split('.'), 'opaque').to.have.lengthOf(1);
      expect(await revoke(access_token)).to.deep.equal([200, '']);
      expect(test.last('token revoked')?.reason).to.include('lives until it expires');
      expect(await userinfo(access_token)).to.equal(200);
      const { status, body } = await client.refresh(refresh_token);
      expect(status).to.equal(200);
      expect(await revoke(body.refresh_token ?? '')).to.deep.equal([200, '']);
      expect((await client.refresh(body.refresh_token)).status).to.equal(400);
      expect(await userinfo(access_token)).to.equal(200);
      expect(await userinfo(body.access_token)).to.equal(200);
    });

    it('of another application are left alone', async () => {
      const { refresh_token = '' } = await client.logIn();
      expect(await revoke(refresh_token, 'WITH_LEEWAY')).to.deep.equal([200, '']);
      expect((await client.refresh(refresh_token)).status).to.equal(200);
    });

    it('and an opaque access token end when the code from which they came is used again', async () => {
      const code = (await client.callback({ audience: undefined })).searchParams.get('code') ?? '';
      const { body } = await client.redeem(code);
      expect(await userinfo(body.access_token)).to.equal(200);
      expect((await client.redeem(code)).body.error_description).to.equal('Invalid authorization code');
      expect(await userinfo(body.access_token)).to.equal(401);
      expect((await client.refresh(body.refresh_token)).status).to.equal(400);
    });
  });
});
