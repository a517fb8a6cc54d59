import { expect } from 'chai';
import { parse } from 'node-html-parser';
import { Browser, forms, type Page, text } from '../../shared/browser';
import { SOCIAL_CLIENT_ID, socialKeys } from '../../shared/identity-providers/social/keys';
import { Client, decode } from '../support/client';
import {
  ANN_AT_GAGGLE,
  back,
  CONNECTIONS,
  cancel,
  GINA,
  linkTo,
  NORA,
  PROVIDERS_DATA,
  samlAnswer,
  send,
  signIn,
  startWorld,
  type World,
} from '../support/providers';
import { withTenant, YAML } from '../support/tenant';
import { ANN } from '../support/workshop';

const errorOf = (page: Page) => {
  const url = new URL(page.headers.location ?? 'http://none.example');
  return { error: url.searchParams.get('error'), description: url.searchParams.get('error_description') };
};

describe('connections', () => {
  let world: World;
  let client: Client;
  withTenant(startWorld, (given) => {
    ({ test: world, client } = given);
  });

  /** Goes through consent, when it is asked, and redeems the code. */
  const finish = async (page: Page, of = client) => {
    const { origin } = world.tenant;
    const end = page.headers.location ? page : await of.browser.logIn(page, ANN, 'accept', origin);
    const { status, body } = await of.redeem(
      new URL(end.headers.location ?? '').searchParams.get('code') ?? '',
    );
    expect(status, JSON.stringify(body)).to.equal(200);
    return decode(body.id_token).payload;
  };
  const withGaggle = async (account: typeof GINA, of = client) => {
    const page = await of.browser.get(of.authorizeUrl({ connection: 'google-oauth2' }));
    return finish(await back(of.browser, await signIn(of.browser, page, account)), of);
  };

  describe('the login page', () => {
    const labels = (page: Page) =>
      parse(page.body)
        .querySelectorAll('a')
        .map((one) => one.text);
    const offered = async (parameters = {}) => {
      const page = await client.browser.get(client.authorizeUrl(parameters));
      return { password: forms(page).some(({ hasPassword }) => hasPassword), labels: labels(page) };
    };

    it('offers what the application enables, and no more', async () => {
      expect(await offered()).to.deep.equal({
        password: true,
        labels: ['Continue with Gaggle', 'Continue with Larkfield Clinic'],
      });
      const { client_id } = world.credentials('CODE_ONLY');
      expect(await offered({ client_id })).to.deep.equal({ password: true, labels: [] });
      expect(await offered({ connection: 'Username-Password-Authentication' })).to.deep.equal({
        password: true,
        labels: [],
      });
    });

    it('offers a connection of an organization only when it says so, or when there is nothing else', async () => {
      const only = (yaml: string) =>
        world.configure(yaml, YAML.replace(/databases:[\s\S]*/, 'databases: []\n'));
      try {
        await world.configure('connections: [{ name: larkfield, strategy: samlp, enabled_clients: [Web] }]');
        expect(await offered()).to.deep.equal({ password: true, labels: [] });
        await only('connections: [{ name: larkfield, strategy: samlp, enabled_clients: [Web] }]');
        // A single one is not taken without being chosen: a real tenant shows the page as well.
        expect(await offered()).to.deep.equal({ password: false, labels: ['Continue with larkfield'] });
      } finally {
        await world.configure(CONNECTIONS);
      }
    });

    it('asks again when the session is of another connection than the one that is asked for', async () => {
      await client.logIn();
      const asks = async (connection: string) => {
        const within = world.tenant.origin;
        const page = await client.browser.get(client.authorizeUrl({ connection }), { within });
        return page.headers.location?.startsWith(world.social) ?? false;
      };
      expect(await asks('google-oauth2')).to.equal(true);
      expect(await asks('Username-Password-Authentication')).to.equal(false);
      const silently = { connection: 'google-oauth2', prompt: 'none' };
      expect((await client.callback(silently)).searchParams.get('error')).to.equal('login_required');
    });

    it('is skipped for connection=, and begins nothing for one that is unknown or not enabled', async () => {
      const { origin } = world.tenant;
      const page = await client.browser.get(client.authorizeUrl({ connection: 'google-oauth2' }), {
        within: origin,
      });
      expect(page.headers.location?.startsWith(`${world.social}/auth?`)).to.equal(true);
      for (const [connection, description] of [
        ['nobody-knows-it', 'the connection was not found'],
        ['elsewhere', 'the connection was disabled'],
      ] as const) {
        const refused = await client.browser.get(client.authorizeUrl({ connection }), { within: origin });
        expect(errorOf(refused), connection).to.deep.equal({ error: 'invalid_request', description });
        expect(world.last('authorization refused')?.reason).to.equal(description);
      }
    });
  });

  describe('a social login', () => {
    it('ends at the application as a user of the provider, with a normalized profile', async () => {
      const page = await client.browser.get(client.authorizeUrl());
      const gaggle = await client.browser.get(linkTo(page, 'Gaggle'));
      const payload = await finish(await back(client.browser, await signIn(client.browser, gaggle, GINA)));
      expect(payload).to.include({
        sub: 'google-oauth2|104200000000000000001',
        name: 'Gina Gander',
        nickname: 'gina',
        given_name: 'Gina',
        family_name: 'Gander',
        email: 'gina@gaggle.example',
        email_verified: true,
      });
      expect(world.last('login ok')).to.include({ connection: 'google-oauth2' });
      expect(world.tenant.users.findById('google-oauth2|104200000000000000001')?.identities).to.deep.equal([
        {
          connection: 'google-oauth2',
          provider: 'google-oauth2',
          user_id: '104200000000000000001',
          isSocial: true,
        },
      ]);
    });

    it('makes another user of the same e-mail address, and keeps metadata while the profile follows the provider', async () => {
      const { sub } = await withGaggle(ANN_AT_GAGGLE);
      expect(sub).to.equal('google-oauth2|104200000000000000003');
      const { users } = world.tenant;
      expect(users.findByEmail('Username-Password-Authentication', ANN.email)?.user_id).not.to.equal(sub);
      users.patch(String(sub), { app_metadata: { role: 'visitor' }, name: 'Somebody Else' });
      const again = new Client(world.tenant);
      await withGaggle(ANN_AT_GAGGLE, again);
      again.close();
      expect(users.findById(String(sub))).to.deep.include({
        name: 'Ann Archer',
        app_metadata: { role: 'visitor' },
        logins_count: 2,
      });
    });

    it('reports to the application that the user denies it at the provider', async () => {
      const page = await client.browser.get(client.authorizeUrl({ connection: 'google-oauth2' }));
      const end = await back(client.browser, await cancel(client.browser, page));
      expect(errorOf(end)).to.deep.equal({
        error: 'access_denied',
        description: 'The user denied the request',
      });
      expect(world.reason()).to.equal('Gaggle says access_denied: The user denied the request');
    });

    it('reports to the application that the provider does not answer', async () => {
      const { origin } = world.tenant;
      try {
        await world.configure(
          'connections: [{ name: gone, strategy: oidc, enabled_clients: [Web], options: { client_id: x, client_secret: y, discovery_url: "http://localhost:9" } }]',
        );
        const end = await client.browser.get(client.authorizeUrl({ connection: 'gone' }), { within: origin });
        expect(errorOf(end)).to.deep.equal({ error: 'server_error', description: 'gone does not answer.' });
        expect(world.reason()).to.match(/^gone cannot be asked at http:\/\/localhost:9/);
      } finally {
        await world.configure(CONNECTIONS);
      }
    });
  });

  describe('a login with any OAuth 2.0 provider', () => {
    const hub = async (script: string) => {
      const { client_secret } = await socialKeys(PROVIDERS_DATA);
      const options = {
        authorizationURL: `${world.social}/auth`,
        tokenURL: `${world.social}/token`,
        client_id: SOCIAL_CLIENT_ID,
        client_secret,
        scope: 'profile email',
        pkce_enabled: true,
        scripts: { fetchUserProfile: script },
      };
      await world.configure(
        `connections: [{ name: hub, strategy: oauth2, enabled_clients: [Web], options: ${JSON.stringify(options)} }]`,
      );
      // Gaggle remembers who signed in before.
      client.close();
      client = new Client(world.tenant);
      const page = await client.browser.get(client.authorizeUrl({ connection: 'hub' }));
      return back(client.browser, await signIn(client.browser, page, GINA));
    };
    after(() => world.configure(CONNECTIONS));

    it('takes the user from fetchUserProfile, which is given the access token', async () => {
      const page = await hub(
        "function (accessToken, ctx, cb) {\n console.log('asks', ctx.token_type);\n cb(null, { user_id: 'g-' + accessToken.length, name: 'From Hub', email: 'hub@example.com', badge: 7 });\n}",
      );
      expect((await finish(page)).sub).to.equal('oauth2|hub|g-43');
      const user = world.tenant.users.findById('oauth2|hub|g-43');
      expect(user).to.deep.include({ name: 'From Hub', attributes: { badge: 7 } });
      expect(user?.identities[0]).to.include({ provider: 'oauth2', user_id: 'hub|g-43', isSocial: true });
      expect(world.last('connection output')?.text).to.equal('asks bearer');
    });

    it('logs nobody in when the script throws, calls back with an error or does not say who it is', async () => {
      for (const [script, reason] of [
        ['(token, ctx, cb) => {\n  throw new Error("no")\n}', /failed: no \(line 2\)$/],
        ['(token, ctx, cb) => cb(new Error("the provider is down"))', /failed: the provider is down/],
        ['(token, ctx, cb) => cb(null, { name: "x" })', /^fetchUserProfile of hub gave no user_id$/],
      ] as const) {
        expect(errorOf(await hub(script))).to.deep.equal({
          error: 'access_denied',
          description: 'hub did not say who you are.',
        });
        expect(world.reason()).to.match(reason);
      }
    });
  });

  describe('a SAML login', () => {
    it('ends at the application as a user of the connection, with the mapped attributes', async () => {
      const handed = await samlAnswer(world, client);
      expect(handed.action).to.equal(`${world.tenant.origin}/login/callback?connection=larkfield`);
      const payload = await finish(await send(handed));
      expect(payload).to.include({
        sub: 'samlp|larkfield|LF-1007',
        name: 'Nora Nightjar',
        email: NORA.email,
        given_name: 'Nora',
        family_name: 'Nightjar',
      });
      const user = world.tenant.users.findById('samlp|larkfield|LF-1007');
      expect(user?.identities).to.deep.equal([
        { connection: 'larkfield', provider: 'samlp', user_id: 'larkfield|LF-1007', isSocial: false },
      ]);
      expect(user?.attributes).to.deep.equal({ groups: 'reception', department: 'Front desk' });
    });

    it('maps attributes as fieldsMap says, and reads the account’s name from the configured attribute', async () => {
      try {
        await world.configure(
          'connections: [{ name: larkfield, strategy: samlp, enabled_clients: [Web], options: { user_id_attribute: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", fieldsMap: { nickname: [nothing, department], team: department } } }]',
        );
        await finish(await send(await samlAnswer(world, client)));
        const user = world.tenant.users.findById(`samlp|larkfield|${NORA.email}`);
        expect(user).to.deep.include({ nickname: 'Front desk', name: 'Nora Nightjar' });
        expect(user?.attributes).to.deep.equal({ groups: 'reception', team: 'Front desk' });
      } finally {
        await world.configure(CONNECTIONS);
      }
    });

    for (const [how, options] of [
      ['signs its request in the address', 'signSAMLRequest: true'],
      ['sends its request in a form', 'protocolBinding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'],
      [
        'signs its request in a form',
        'signSAMLRequest: true, protocolBinding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"',
      ],
    ] as const)
      it(`${how} when it is configured to`, async () => {
        try {
          await world.configure(
            `connections: [{ name: larkfield, strategy: samlp, enabled_clients: [Web], options: { ${options} } }]`,
          );
          let page = await client.browser.get(client.authorizeUrl({ connection: 'larkfield' }));
          const request = forms(page)[0];
          if (options.includes('POST') && request) page = await client.browser.submit(page, request);
          const handed = await signIn(client.browser, page, NORA);
          const [answer] = forms(handed);
          if (!answer) throw new Error(text(handed));
          const end = await client.browser.submit(handed, answer, {}, { within: world.tenant.origin });
          expect((await finish(end)).sub).to.equal('samlp|larkfield|LF-1007');
        } finally {
          await world.configure(CONNECTIONS);
        }
      });

    it('reports to the application that nobody signed in', async () => {
      const page = await client.browser.get(client.authorizeUrl({ connection: 'larkfield' }));
      const handed = await cancel(client.browser, page);
      const [answer] = forms(handed);
      if (!answer) throw new Error(text(handed));
      const end = await client.browser.post(answer.action, answer.fields, { within: world.tenant.origin });
      expect(errorOf(end)).to.deep.equal({
        error: 'access_denied',
        description: 'Larkfield Clinic returned Responder error: The user did not sign in.',
      });
      expect(world.reason()).to.include('The user did not sign in');
    });

    it('publishes the metadata of each connection, and of no other', async () => {
      const at = (name: string) =>
        new Browser().get(`${world.tenant.origin}/samlp/metadata?connection=${name}`);
      const { status, body } = await at('larkfield');
      expect(status).to.equal(200);
      expect(body).to.include('entityID="urn:auth0:localhost:larkfield"');
      expect(body).to.include(`Location="${world.tenant.origin}/login/callback?connection=larkfield"`);
      expect(body).to.include('WantAssertionsSigned="true"');
      expect((await at('google-oauth2')).status).to.equal(404);
    });
  });

  it('keeps out a user whom the tenant blocked, whoever says that they are who they are', async () => {
    const id = 'google-oauth2|104200000000000000001';
    await withGaggle(GINA);
    world.tenant.users.patch(id, { blocked: true });
    try {
      const other = new Client(world.tenant);
      const page = await other.browser.get(other.authorizeUrl({ connection: 'google-oauth2' }));
      const end = await back(other.browser, await signIn(other.browser, page, GINA));
      expect(errorOf(end)).to.deep.equal({ error: 'unauthorized', description: 'user is blocked' });
      expect(world.reason()).to.equal('blocked user');
      other.close();
    } finally {
      world.tenant.users.patch(id, { blocked: false });
    }
  });
});
