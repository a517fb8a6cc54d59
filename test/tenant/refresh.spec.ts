import { expect } from 'chai';
import type { Tenant } from '../../shared/tenant';
import { Client, decode } from '../support/client';
import { startTestTenant, type TestTenant } from '../support/tenant';

describe('the tenant', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  before(async () => {
    test = await startTestTenant();
    tenant = test.tenant;
  });
  after(() => test?.close());
  beforeEach(() => {
    client = new Client(tenant);
  });
  afterEach(() => client.close());

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
    });

    it('end the whole family when an old one is used again', async () => {
      const first = await client.logIn();
      const second = (await client.refresh(first.refresh_token)).body;
      const reused = await client.refresh(first.refresh_token);
      expect([reused.status, reused.body.error_description]).to.deep.equal([
        400,
        'Unknown or invalid refresh token.',
      ]);
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
      const revoke = async (token: string) => {
        const { client_id = '', client_secret = '' } = test.credentials('WEB');
        const response = await fetch(`${tenant.origin}/oauth/revoke`, {
          method: 'POST',
          body: new URLSearchParams({ client_id, client_secret, token }),
        });
        return [response.status, await response.text()];
      };
      for (const token of [refresh_token, 'unknown', access_token])
        expect(await revoke(token)).to.deep.equal([200, '']);
      expect((await client.refresh(refresh_token)).status).to.equal(400);
    });
  });
});
