import { expect } from 'chai';
import { forms, text } from '../../shared/browser';
import type { Tenant } from '../../shared/tenant';
import { Client } from '../support/client';
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

  describe('log-out', () => {
    const isLoggedIn = async () =>
      !(
        await client.browser.get(client.authorizeUrl({ scope: 'openid' }), { within: tenant.origin })
      ).url.pathname.startsWith('/u/login');

    it('/v2/logout ends the session and returns to a listed URL only', async () => {
      const { refresh_token } = await client.logIn();
      const logout = (returnTo: string, id: Record<string, string> = { client_id: 'Web' }) =>
        client.browser.get(`${tenant.origin}/v2/logout?${new URLSearchParams({ ...id, returnTo })}`, {
          follow: false,
        });
      const refused = await logout('http://localhost:3000/other');
      expect(refused.status).to.equal(400);
      expect(text(refused)).to.include('http://localhost:3000/other').and.include('http://localhost:3000/');
      expect((await logout('http://localhost:3000/', {})).status).to.equal(400);
      expect(await isLoggedIn()).to.equal(true);
      const done = await logout('http://localhost:3000/');
      expect([done.status, done.headers.location]).to.deep.equal([302, 'http://localhost:3000/']);
      expect(await isLoggedIn()).to.equal(false);
      expect((await client.refresh(refresh_token)).status).to.equal(200);
    });

    it('/oidc/logout goes at once with an ID token, and asks without', async () => {
      const { id_token = '' } = await client.logIn();
      const asked = await client.browser.get(`${tenant.origin}/oidc/logout`);
      const [form] = forms(asked);
      expect(form?.buttons.map((button) => button.text)).to.include('Log out');
      expect(await isLoggedIn()).to.equal(true);
      const url = new URL(`${tenant.origin}/oidc/logout`);
      url.search = new URLSearchParams({
        id_token_hint: id_token,
        post_logout_redirect_uri: 'http://localhost:3000/',
        state: 's',
      }).toString();
      const done = await client.browser.get(url, { follow: false });
      expect([done.status, done.headers.location]).to.deep.equal([303, 'http://localhost:3000/?state=s']);
      expect(await isLoggedIn()).to.equal(false);
      await client.logIn();
      const page = await client.browser.get(`${tenant.origin}/oidc/logout`);
      const [confirm] = forms(page);
      if (!confirm) throw new Error('no form');
      await client.browser.submit(page, confirm, { logout: 'yes' });
      expect(await isLoggedIn()).to.equal(false);
    });
  });
});
