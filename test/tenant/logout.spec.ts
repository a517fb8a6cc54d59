import { expect } from 'chai';
import { forms, type Page, text } from '../../shared/browser';
import type { Tenant } from '../../shared/tenant';
import { Client, decode } from '../support/client';
import { startTestTenant, type TestTenant, withTenant, YAML } from '../support/tenant';

describe('the tenant', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  withTenant(startTestTenant, (given) => {
    ({ test, tenant, client } = given);
  });

  describe('logout', () => {
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

    it('/v2/logout without client_id returns to the tenant’s own list', async () => {
      const other = await startTestTenant({
        yaml: `${YAML}tenant: { allowed_logout_urls: [http://localhost:3000/everyone] }\n`,
      });
      const browser = new Client(other.tenant);
      try {
        await browser.logIn();
        const logOut = (query: string) =>
          browser.browser.get(`${other.tenant.origin}/v2/logout?${query}`, { follow: false });
        const listed = 'returnTo=http://localhost:3000/everyone';
        expect((await logOut(`client_id=Web&${listed}`)).status).to.equal(400);
        expect((await browser.callbackSilently()).searchParams.has('code')).to.equal(true);
        const done = await logOut(listed);
        expect([done.status, done.headers.location]).to.deep.equal([302, 'http://localhost:3000/everyone']);
        expect((await browser.callbackSilently()).searchParams.get('error')).to.equal('login_required');
      } finally {
        browser.close();
        await other.close();
      }
    });

    it('of the application alone leaves the tenant’s session: the next login asks for nothing', async () => {
      const { id_token } = await client.logIn();
      const again = await client.browser.get(client.authorizeUrl(), { within: tenant.origin });
      const code = new URL(again.headers.location ?? '').searchParams.get('code') ?? '';
      const { body } = await client.redeem(code);
      expect(decode(body.id_token).payload.sub).to.equal(decode(id_token).payload.sub);
    });

    const oidcLogout = (parameters: Record<string, string>) =>
      client.browser.get(`${tenant.origin}/oidc/logout?${new URLSearchParams(parameters)}`, {
        follow: false,
      });
    const answer = async (page: Page, choice: 'Log out' | 'Cancel') => {
      const [form] = forms(page);
      if (!form) throw new Error(`no form on a page with ${page.status}`);
      return client.browser.submit(
        page,
        form,
        {},
        { within: tenant.origin, button: form.buttons.find(({ text }) => text === choice) },
      );
    };
    const back = { client_id: 'Web', post_logout_redirect_uri: 'http://localhost:3000/', state: 's' };

    it('/oidc/logout goes at once with an ID token, and asks without', async () => {
      const { id_token = '' } = await client.logIn();
      const asked = await oidcLogout({});
      const [form] = forms(asked);
      expect(form?.buttons.map((button) => button.text)).to.include('Log out');
      expect(await isLoggedIn()).to.equal(true);
      const { client_id: _, ...where } = back;
      const done = await oidcLogout({ id_token_hint: id_token, ...where });
      expect([done.status, done.headers.location]).to.deep.equal([303, 'http://localhost:3000/?state=s']);
      expect(await isLoggedIn()).to.equal(false);
    });

    it('/oidc/logout that the user confirms ends the session, and returns to a listed URL with the state', async () => {
      const { refresh_token, id_token } = await client.logIn();
      const done = await answer(await oidcLogout(back), 'Log out');
      expect(done.headers.location).to.equal('http://localhost:3000/?state=s');
      expect(test.last('logout')).to.include({
        client_id: 'Web',
        user_id: decode(id_token).payload.sub,
        returnTo: 'http://localhost:3000/',
      });
      expect(await isLoggedIn()).to.equal(false);
      expect((await client.refresh(refresh_token)).status, 'refresh tokens live on').to.equal(200);
    });

    it('/oidc/logout that the user does not want leaves the session', async () => {
      await client.logIn();
      const before = test.last('logout');
      const done = await answer(await oidcLogout(back), 'Cancel');
      expect(done.headers.location).to.equal('http://localhost:3000/?state=s');
      expect(await isLoggedIn()).to.equal(true);
      expect(test.last('logout')).to.equal(before);
    });

    it('/oidc/logout refuses a URL that is not listed, and passes one over of which nobody says whose it is', async () => {
      await client.logIn();
      const refused = await oidcLogout({ ...back, post_logout_redirect_uri: 'http://localhost:3000/other' });
      expect([refused.status, refused.headers.location]).to.deep.equal([400, undefined]);
      expect(text(refused)).to.include('http://localhost:3000/other');
      expect(text(refused)).to.include('Allowed logout URLs of Web').and.include('allowed_logout_urls');
      expect(test.last('logout refused')).to.include({ client_id: 'Web' });
      expect(test.last('logout refused')?.reason).to.include('not registered');
      expect(await isLoggedIn()).to.equal(true);
      const { post_logout_redirect_uri } = back;
      const done = await answer(await oidcLogout({ post_logout_redirect_uri }), 'Log out');
      expect(done.status).to.equal(200);
      expect(text(done)).to.include('logged out');
      expect(await isLoggedIn()).to.equal(false);
    });

    it('/oidc/logout where nobody is logged in goes on at once, or says so on a page like any other', async () => {
      const { id_token = '' } = await client.logIn();
      client.close();
      client = new Client(tenant);
      const { client_id: _, ...where } = back;
      for (const parameters of [back, { id_token_hint: id_token, ...where }]) {
        const done = await oidcLogout(parameters);
        expect([done.status, done.headers.location]).to.deep.equal([303, 'http://localhost:3000/?state=s']);
      }
      const page = await oidcLogout({});
      expect(page.status).to.equal(200);
      expect(text(page)).to.include('logged out');
      expect(page.body)
        .to.match(/<html lang="en"/)
        .and.not.to.match(/<script/);
      expect(page.headers['content-security-policy']).to.include("default-src 'none'");
    });
  });
});
