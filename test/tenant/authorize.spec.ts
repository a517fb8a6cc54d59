import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { Browser, forms, text } from '../../shared/browser';
import { startTenant, type Tenant } from '../../shared/tenant';
import { CALLBACK, Client } from '../support/client';
import { startTestTenant, type TestTenant, withTenant, YAML } from '../support/tenant';
import { ANN, BOB } from '../support/workshop';

const errorOf = (url: URL) => Object.fromEntries([...url.searchParams].filter(([name]) => name !== 'iss'));

describe('the tenant', () => {
  let test: TestTenant;
  let tenant: Tenant;
  let client: Client;
  withTenant(startTestTenant, (given) => {
    ({ test, tenant, client } = given);
  });

  describe('/authorize', () => {
    it('sends code, state and iss back, also as a form', async () => {
      const url = await client.callback();
      expect(url.origin + url.pathname).to.equal(CALLBACK);
      expect([...url.searchParams.keys()]).to.have.members(['code', 'state', 'iss']);
      expect(url.searchParams.get('iss')).to.equal(tenant.issuer);
      const page = await client.browser.get(client.authorizeUrl({ response_mode: 'form_post' }));
      expect(forms(page)[0]?.action.href).to.equal(CALLBACK);
      expect(forms(page)[0]?.fields).to.have.keys(['code', 'state', 'iss']);
    });

    it('sends them behind the # where response_mode=fragment says so, an error too', async () => {
      const answered = async (parameters: Record<string, string>) => {
        const url = await client.callback({ response_mode: 'fragment', ...parameters });
        expect([url.origin + url.pathname, url.search]).to.deep.equal([CALLBACK, '']);
        return new URLSearchParams(url.hash.slice(1));
      };
      const { body, status } = await client.redeem((await answered({})).get('code') ?? '');
      expect(status, JSON.stringify(body)).to.equal(200);
      expect((await answered({ audience: 'nobody' })).get('error')).to.equal('access_denied');
    });

    it('shows its own page for an unknown application and an unlisted callback, and never redirects', async () => {
      const unknown = await client.browser.get(client.authorizeUrl({ client_id: 'Nobody' }), {
        follow: false,
      });
      expect(unknown.status).to.equal(400);
      expect(text(unknown)).to.include('Unknown client').and.include('Nobody');
      const unlisted = await client.browser.get(
        client.authorizeUrl({ redirect_uri: 'http://127.0.0.1:3000/callback' }),
        { follow: false },
      );
      expect(unlisted.status).to.equal(400);
      expect(unlisted.headers.location).to.equal(undefined);
      expect(text(unlisted)).to.include('http://127.0.0.1:3000/callback').and.include(CALLBACK);
    });

    it('sends the browser on by 302, also to its own pages', async () => {
      const first = await client.browser.get(client.authorizeUrl(), { follow: false });
      expect([first.status, first.headers.location?.startsWith('/u/login/')]).to.deep.equal([302, true]);
      const callback = await client.browser.get(client.authorizeUrl({ audience: 'none' }), { follow: false });
      expect(callback.status).to.equal(302);
      await client.logIn();
      const done = await client.browser.get(client.authorizeUrl(), { follow: false });
      expect([done.status, done.headers.location?.startsWith(CALLBACK)]).to.deep.equal([302, true]);
    });

    it('asks for a login where the user of the session was blocked or deleted since', async () => {
      const fresh = await test.another();
      const other = new Client(fresh);
      const id = 'auth0|a11ce0000000000000000001';
      try {
        await other.logIn();
        fresh.users.patch(id, { blocked: true });
        const page = await other.browser.get(other.authorizeUrl(), { within: fresh.origin });
        expect([page.status, page.url.pathname.startsWith('/u/login/')]).to.deep.equal([200, true]);
        expect((await other.callbackSilently()).searchParams.get('error')).to.equal('login_required');
        const end = await other.browser.logIn(page, BOB, 'accept', fresh.origin);
        expect(new URL(end.headers.location ?? '').searchParams.has('code'), 'somebody else').to.equal(true);
        expect(fresh.events.recent().filter(({ type }) => type === 'server error')).to.deep.equal([]);
      } finally {
        other.close();
        await fresh.close();
      }
    });

    it('answers an audience that looks like one of its own making, and is none', async () => {
      const audience = 'urn:audience:%E0%A4';
      const url = await client.callback({ audience });
      expect(errorOf(url).error_description).to.equal(`Service not found: ${audience}`);
    });

    it('answers an unknown audience with access_denied', async () => {
      const url = await client.callback({ audience: 'https://appointments.example/api/' });
      expect(errorOf(url)).to.deep.equal({
        error: 'access_denied',
        error_description: 'Service not found: https://appointments.example/api/',
        state: 'the-state',
      });
    });

    it('answers an application that no database has enabled with invalid_request', async () => {
      const config = path.join(test.folder, 'not-enabled.yaml');
      fs.writeFileSync(config, YAML.replace(/enabled_clients: \[.*\]/, 'enabled_clients: [Machine]'));
      const users = path.join(test.folder, 'users.json');
      const data = path.join(test.folder, 'not-enabled');
      const other = await startTenant({ config, users, data, env: {}, watch: false });
      const stranger = new Client(other);
      try {
        expect(errorOf(await stranger.callback())).to.deep.equal({
          error: 'invalid_request',
          error_description: 'no connections enabled for the client',
          state: 'the-state',
        });
      } finally {
        stranger.close();
        await other.close();
      }
    });

    it('answers prompt=none by itself: login_required, consent_required, or a code', async () => {
      const silent = { prompt: 'none', scope: 'openid' };
      expect(errorOf(await client.callback(silent)).error).to.equal('login_required');
      await client.logIn({ audience: undefined, scope: 'openid' });
      const fresh = await test.another();
      try {
        const other = new Client(fresh);
        await other.logIn({ scope: 'openid' });
        expect(
          errorOf(await other.callback({ ...silent, scope: 'openid create:appointments' })).error,
        ).to.equal('consent_required');
        expect((await other.callback(silent)).searchParams.has('code')).to.equal(true);
        other.close();
      } finally {
        await fresh.close();
      }
    });

    it('writes no token into its log', async () => {
      const { id_token = '' } = await client.logIn();
      await client.callback({ id_token_hint: id_token, prompt: 'none', scope: 'openid' });
      expect(test.last('authorization requested')?.parameters).to.include({ id_token_hint: '…' });
      expect(JSON.stringify(tenant.events.recent())).not.to.include(id_token.slice(-40));
    });

    it('shows no page for prompt=none with offline_access either, and brings a refresh token', async () => {
      const fresh = await test.another();
      const other = new Client(fresh);
      const silent = { prompt: 'none' };
      try {
        expect(errorOf(await other.callback(silent)).error).to.equal('login_required');
        await other.logIn({ scope: 'openid' });
        expect(errorOf(await other.callback(silent)).error).to.equal('consent_required');
        await other.logIn();
        const { body } = await other.redeem((await other.callback(silent)).searchParams.get('code') ?? '');
        expect(body, JSON.stringify(body)).to.have.property('refresh_token');
        const asked = fresh.events.recent().findLast(({ type }) => type === 'authorization requested');
        expect((asked as { parameters?: object } | undefined)?.parameters).to.include({ prompt: 'none' });
      } finally {
        other.close();
        await fresh.close();
      }
    });

    it('asks for the password again for prompt=login and for max_age=0, and fills login_hint in', async () => {
      await client.logIn();
      for (const again of [{ prompt: 'login' }, { max_age: '0' }, { prompt: 'select_account' }]) {
        const page = await client.browser.get(client.authorizeUrl(again));
        expect(forms(page)[0]?.hasPassword, JSON.stringify(again)).to.equal(true);
      }
      const hinted = await new Browser().get(client.authorizeUrl({ login_hint: 'bob@example.com' }));
      expect(forms(hinted)[0]?.fields.email).to.equal('bob@example.com');
    });

    it('asks for consent once, again for more scopes, and whenever prompt=consent says so', async () => {
      const fresh = await test.another();
      try {
        const asks = async (other: Client, parameters: Record<string, string>) => {
          const page = await other.browser.get(other.authorizeUrl(parameters), { within: fresh.origin });
          const consent = page.url.pathname.startsWith('/u/consent');
          await other.browser.logIn(page, ANN, 'accept', fresh.origin);
          return consent;
        };
        const one = new Client(fresh);
        await one.logIn({ scope: 'openid' });
        expect(await asks(one, { scope: 'openid' })).to.equal(false);
        expect(await asks(one, { scope: 'openid read:appointments' })).to.equal(true);
        expect(await asks(one, { scope: 'openid read:appointments' })).to.equal(false);
        expect(await asks(one, { scope: 'openid', prompt: 'consent' })).to.equal(true);
        one.close();
      } finally {
        await fresh.close();
      }
    });

    it('does not distinguish a wrong password from an unknown user, but the log does', async () => {
      const attempt = async (email: string) => {
        const page = await new Browser().get(client.authorizeUrl());
        const [form] = forms(page);
        if (!form) throw new Error('no form');
        return client.browser.submit(page, form, { email, password: 'wrong' });
      };
      // Without the cookie of the page the form is worth nothing.
      expect((await attempt(ANN.email)).status).to.equal(400);
      const tries = [];
      for (const email of [ANN.email, 'nobody@example.com']) {
        const page = await client.browser.get(client.authorizeUrl());
        const [form] = forms(page);
        if (!form) throw new Error('no form');
        const wrong = await client.browser.submit(page, form, { email, password: 'wrong' });
        expect(wrong.status).to.equal(401);
        tries.push(text(wrong).replace(email, ''));
      }
      expect(tries[0]).to.equal(tries[1]);
      const reasons = tenant.events
        .recent()
        .filter((event) => event.type === 'login refused')
        .map((event) => event.reason);
      expect(reasons.slice(-2)).to.deep.equal(['wrong password', 'unknown user']);
    });

    it('reports to the application that the user declines', async () => {
      const fresh = await test.another();
      try {
        const other = new Client(fresh);
        const page = await other.browser.get(other.authorizeUrl());
        const end = await other.browser.logIn(page, ANN, 'decline', fresh.origin);
        expect(errorOf(new URL(end.headers.location ?? ''))).to.include({
          error: 'access_denied',
          error_description: 'User did not authorize the request',
        });
        other.close();
      } finally {
        await fresh.close();
      }
    });
  });
});
