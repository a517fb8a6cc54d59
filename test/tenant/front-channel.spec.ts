import { expect } from 'chai';
import { forms, type Page, text } from '../../shared/browser';
import type { Tenant } from '../../shared/tenant';
import { CALLBACK, Client } from '../support/client';
import { startTestTenant, withTenant } from '../support/tenant';
import { ANN } from '../support/workshop';

/** As a page of another site sends a form. */
const FROM_ELSEWHERE = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };

describe('an endpoint to which a browser is sent', () => {
  let tenant: Tenant;
  let client: Client;
  withTenant(startTestTenant, (given) => {
    ({ tenant, client } = given);
  });

  const fieldsOf = (url: URL) => Object.fromEntries(url.searchParams);
  const post = (parameters: Record<string, string | undefined>, headers: Record<string, string> = {}) =>
    client.browser.post(new URL('/authorize', tenant.origin), fieldsOf(client.authorizeUrl(parameters)), {
      follow: false,
      headers,
    });

  describe('/authorize', () => {
    it('takes a POST for a whole login, with all that GET understands', async () => {
      const page = await client.browser.post(
        new URL('/authorize', tenant.origin),
        fieldsOf(client.authorizeUrl()),
      );
      const end = await client.browser.logIn(page, ANN, 'accept', tenant.origin);
      const code = new URL(end.headers.location ?? '').searchParams.get('code') ?? '';
      const { status, body } = await client.redeem(code);
      expect(status).to.equal(200);
      // offline_access without prompt=consent, and the audience.
      expect(body).to.include.keys('refresh_token', 'id_token');
      expect(body.scope?.split(' ')).to.include.members(['offline_access', 'read:appointments']);
    });

    /** What an answer says, without what is new each time. */
    const contentOf = ({ status, headers: { location }, ...page }: Page) => {
      if (!location) return { status, text: text({ ...page, status, headers: {} }) };
      const url = new URL(location, tenant.origin);
      const known = [...url.searchParams].map(([name, value]) => [name, name === 'code' ? '…' : value]);
      return { status, path: url.pathname.replace(/[\w-]{20,}$/, 'UID'), known };
    };
    const requests: Record<string, Record<string, string | undefined>> = {
      'a request': {},
      'offline_access and prompt=none': { prompt: 'none' },
      'prompt=none alone': { prompt: 'none', scope: 'openid' },
      'prompt=select_account': { prompt: 'select_account' },
      'max_age=0': { max_age: '0' },
      'a nonce without openid': { scope: 'read:appointments' },
      'an unknown audience': { audience: 'https://none.example/ä "x"' },
      'an unknown connection': { connection: 'none' },
      'response_mode=form_post': { response_mode: 'form_post', prompt: 'none', scope: 'openid' },
      'response_mode=fragment': { response_mode: 'fragment', prompt: 'none', scope: 'openid' },
      'an unknown application': { client_id: 'Nobody' },
      'an unlisted callback': { redirect_uri: 'http://localhost:3000/other' },
      'no response_type': { response_type: undefined },
      'a mark of the tenant’s own': { consent_implied: 'prompt=none' },
    };
    for (const loggedIn of [false, true])
      it(`answers a POST as a GET, ${loggedIn ? 'with' : 'without'} a session`, async () => {
        if (loggedIn) await client.logIn();
        for (const [what, parameters] of Object.entries(requests)) {
          const asked = await client.browser.get(client.authorizeUrl(parameters), { follow: false });
          expect(contentOf(await post(parameters)), what).to.deep.equal(contentOf(asked));
        }
      });

    it('refuses a parameter that comes twice, and reads none from the address', async () => {
      const twice = new URLSearchParams(fieldsOf(client.authorizeUrl()));
      twice.append('scope', 'email');
      const answer = await fetch(new URL('/authorize', tenant.origin), {
        method: 'POST',
        body: twice,
        redirect: 'manual',
      });
      expect(answer.headers.get('location')).to.include('error=invalid_request');
      const inAddress = await client.browser.post(client.authorizeUrl(), {}, { follow: false });
      expect(inAddress.status).to.equal(400);
    });

    it('takes the request_uri of a pushed request by POST', async () => {
      const { CLIENT_ID: client_id = '', CLIENT_SECRET: client_secret = '' } = tenant.settings();
      const pushed = await fetch(new URL('/oauth/par', tenant.origin), {
        method: 'POST',
        body: new URLSearchParams({ ...fieldsOf(client.authorizeUrl()), client_id, client_secret }),
      });
      const { request_uri } = (await pushed.json()) as { request_uri: string };
      const page = await client.browser.post(
        new URL('/authorize', tenant.origin),
        { client_id, request_uri },
        { follow: false },
      );
      expect(page.headers.location).to.match(/^\/u\/login\//);
    });

    it('sees the session of a browser whose POST comes from another site, without its cookies', async () => {
      await client.logIn();
      const parameters = { prompt: 'none', scope: 'openid', state: 'ä&=+ "' };
      for (const headers of [FROM_ELSEWHERE, { origin: 'null', 'sec-fetch-site': 'cross-site' }]) {
        const first = await post(parameters, headers);
        expect(first.status).to.equal(303);
        const end = await client.browser.post(
          new URL('/authorize', tenant.origin),
          fieldsOf(client.authorizeUrl(parameters)),
          { headers, within: tenant.origin },
        );
        const url = new URL(end.headers.location ?? '');
        expect(url.origin + url.pathname).to.equal(CALLBACK);
        expect(url.searchParams.get('code')).to.be.a('string');
        expect(url.searchParams.get('state')).to.equal(parameters.state);
      }
    });

    it('recognizes another site by its origin where the browser sends no more', async () => {
      const send = async (origin: string) => {
        const answer = await fetch(new URL('/authorize', tenant.origin), {
          method: 'POST',
          headers: { origin, 'sec-fetch-mode': 'navigate' },
          body: new URLSearchParams(fieldsOf(client.authorizeUrl())),
          redirect: 'manual',
        });
        return answer.headers.get('location') ?? '';
      };
      expect(await send('https://elsewhere.example')).to.match(/^\/authorize\?/);
      expect(await send('null')).to.match(/^\/authorize\?/);
      expect(await send('http://localhost:3000'), 'ports make no site').to.match(/^\/u\/login\//);
    });
  });

  describe('/oidc/logout', () => {
    const logOut = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
      client.browser.post(new URL('/oidc/logout', tenant.origin), fields, { headers, within: tenant.origin });
    const isLoggedIn = async () => (await client.callbackSilently()).searchParams.has('code');

    for (const [from, headers] of [
      ['the same site', {}],
      ['another site', FROM_ELSEWHERE],
    ] as const)
      it(`ends the session that the ID token names, by a POST from ${from}`, async () => {
        const { id_token = '' } = await client.logIn();
        const end = await logOut(
          { id_token_hint: id_token, post_logout_redirect_uri: 'http://localhost:3000/', state: 's 1' },
          headers,
        );
        expect(end.headers.location).to.equal('http://localhost:3000/?state=s+1');
        expect(await isLoggedIn()).to.equal(false);
      });

    it('asks the user where nothing names the session, and another site cannot answer for them', async () => {
      await client.logIn();
      const page = await logOut({}, FROM_ELSEWHERE);
      const [form] = forms(page);
      expect(form?.buttons.length).to.be.greaterThan(0);
      expect(await isLoggedIn()).to.equal(true);
      // The answer itself must come from the page: without its cookie and token nothing ends.
      const forged = await client.browser.post(
        new URL('/oidc/logout/confirm', tenant.origin),
        { logout: 'yes' },
        { headers: FROM_ELSEWHERE },
      );
      expect(forged.status).to.equal(400);
      expect(await isLoggedIn()).to.equal(true);
    });
  });

  describe('says what is wrong with a request that it does not take', () => {
    const send = async (path: string, init: RequestInit) => {
      const answer = await fetch(new URL(path, tenant.origin), { redirect: 'manual', ...init });
      return { answer, text: (await answer.text()).replace(/<[^>]+>/g, ' ') };
    };

    it('another method: 405, with those that it takes', async () => {
      for (const [path, method, allow] of [
        ['/authorize', 'PUT', 'GET, POST'],
        ['/oidc/logout', 'DELETE', 'GET, POST'],
        ['/v2/logout', 'POST', 'GET'],
      ] as const) {
        const { answer, text } = await send(path, { method });
        expect([answer.status, answer.headers.get('allow')], path).to.deep.equal([405, allow]);
        expect(text).to.include(method);
      }
    });

    it('another content type: 415, with the one that it takes', async () => {
      const form = new FormData();
      form.set('client_id', 'Web');
      for (const body of [form, '{}', Buffer.from([0, 1, 2])]) {
        for (const path of ['/authorize', '/oidc/logout']) {
          const { answer, text } = await send(path, { method: 'POST', body });
          expect(answer.status).to.equal(415);
          expect(text).to.include('application/x-www-form-urlencoded');
        }
      }
      const gzip = { 'content-type': 'application/x-www-form-urlencoded', 'content-encoding': 'gzip' };
      const { answer, text } = await send('/authorize', { method: 'POST', body: 'x', headers: gzip });
      expect([answer.status, text.includes('gzip')]).to.deep.equal([415, true]);
    });

    it('takes the content type with a charset', async () => {
      const { answer } = await send('/authorize', {
        method: 'POST',
        headers: { 'content-type': 'Application/X-WWW-Form-urlencoded; charset=UTF-8' },
        body: client.authorizeUrl().search.slice(1),
      });
      expect(answer.headers.get('location')).to.match(/^\/u\/login\//);
    });

    it('a form that is too long: 413, from another site much sooner', async () => {
      const body = (length: number) => new URLSearchParams({ state: 'x'.repeat(length) });
      const large = await send('/authorize', { method: 'POST', body: body(70_000) });
      expect([large.answer.status, large.text.includes('65536 bytes')]).to.deep.equal([413, true]);
      const elsewhere = await send('/authorize', {
        method: 'POST',
        headers: { origin: 'https://elsewhere.example' },
        body: body(20_000),
      });
      expect([elsewhere.answer.status, elsewhere.text.includes('another site')]).to.deep.equal([413, true]);
      const own = await send('/authorize', {
        method: 'POST',
        body: new URLSearchParams({ ...fieldsOf(client.authorizeUrl()), state: 'x'.repeat(20_000) }),
      });
      expect(own.answer.headers.get('location')).to.match(/^\/u\/login\//);
    });
  });
});
