import { expect } from 'chai';
import { Browser, type Page } from '../../shared/browser';
import { Client } from '../support/client';
import { type FalseProvider, startFalseProvider } from '../support/false-provider';
import { back, CONNECTIONS, GINA, signIn, startWorld, type World } from '../support/providers';

describe('a forged answer of a social provider logs nobody in:', () => {
  let world: World;
  let liar: FalseProvider;
  let client: Client;
  before(async () => {
    [world, liar] = await Promise.all([startWorld(), startFalseProvider()]);
    await world.configure(
      `${CONNECTIONS}  - { name: liar, strategy: oidc, enabled_clients: [Web], options: { client_id: the-tenant, client_secret: x, discovery_url: "${liar.origin}" } }\n`,
    );
  });
  after(async () => {
    await Promise.all([world?.close(), liar?.close()]);
  });
  beforeEach(() => {
    client = new Client(world.tenant);
    liar.lie = {};
  });
  afterEach(() => client.close());

  const logins = () => world.tenant.events.recent().filter(({ type }) => type === 'login ok').length;
  /** Whatever came, nobody is logged in, and the event stream says why. */
  const nobody = async (page: Page, before: number, reason: RegExp, description: string | undefined) => {
    expect(world.reason()).to.match(reason);
    expect(logins(), 'logins').to.equal(before);
    expect((await client.callbackSilently()).searchParams.get('error')).to.equal('login_required');
    if (description === undefined) return expect(page.status).to.equal(400);
    const answer = new URL(page.headers.location ?? 'http://none.example').searchParams;
    return expect([answer.get('error'), answer.get('error_description')]).to.deep.equal([
      'access_denied',
      description,
    ]);
  };
  /** The provider's redirect back to the tenant, which nobody followed yet. */
  const answer = async () => {
    const page = await client.browser.get(
      client.authorizeUrl({ connection: 'google-oauth2', prompt: 'login' }),
    );
    return page.url.origin === world.social && page.body.includes('password')
      ? signIn(client.browser, page, GINA)
      : page;
  };

  it('the harness itself sends what would be taken', async () => {
    const before = logins();
    await back(client.browser, await answer());
    expect(logins()).to.equal(before + 1);
  });

  it('the provider answers programs in JSON, errors too, whatever their Accept prefers', async () => {
    const discovery = await fetch(new URL('/.well-known/openid-configuration', world.social));
    const found = (await discovery.json()) as Record<string, string>;
    for (const endpoint of [found.token_endpoint, found.userinfo_endpoint])
      for (const accept of ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'text/html', '*/*']) {
        const body = new URLSearchParams({ grant_type: 'authorization_code', code: 'unknown' });
        const response = await fetch(endpoint ?? '', { method: 'POST', headers: { accept }, body });
        expect(response.status, `${endpoint} ${accept}`).to.be.oneOf([400, 401]);
        expect(response.headers.get('content-type'), accept).to.match(/^application\/json/);
        expect(await response.json(), accept)
          .to.have.property('error')
          .that.is.a('string');
      }
    const page = await fetch(found.authorization_endpoint ?? '', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).to.deep.equal([400, 'text/html; charset=utf-8']);
  });

  it('with a state that nobody sent', async () => {
    const before = logins();
    const page = await back(client.browser, await answer(), { state: 'x'.repeat(43) });
    await nobody(page, before, /^no login waits for this state/, undefined);
  });

  it('with a code that was used before', async () => {
    const first = await answer();
    await back(client.browser, first);
    const code = new URL(first.headers.location ?? '').searchParams.get('code') ?? '';
    const other = new Client(world.tenant);
    const second = await other.browser.get(other.authorizeUrl({ connection: 'google-oauth2' }));
    const before = logins();
    const page = await back(other.browser, await signIn(other.browser, second, GINA), { code });
    expect(world.reason()).to.match(/^Gaggle does not redeem the code: invalid_grant/);
    expect(page.headers.location).to.include('error=access_denied');
    expect(logins()).to.equal(before);
    other.close();
  });

  it('a second time', async () => {
    const page = await answer();
    await back(client.browser, page);
    const before = logins();
    const again = await back(client.browser, page);
    expect([again.status, logins()]).to.deep.equal([400, before]);
    expect(world.reason()).to.match(/answered before$/);
  });

  it('in another browser than the one in which the login was begun', async () => {
    const before = logins();
    const lured = new Browser();
    const page = await back(lured, await answer());
    lured.close();
    await nobody(page, before, /was begun in another browser/, undefined);
  });

  it('of another issuer than the one that was asked (mix-up)', async () => {
    const before = logins();
    const page = await back(client.browser, await answer(), { iss: 'http://localhost:1/' });
    await nobody(
      page,
      before,
      /Gaggle is not to be trusted: .*"iss".*expected "http:\/\/localhost:\d+\/"/,
      'The answer of Gaggle could not be verified.',
    );
  });

  const LIES: [string, FalseProvider['lie'], RegExp][] = [
    ['with another nonce', { claims: { nonce: 'another' } }, /"nonce".*expected/],
    ['without a nonce', { claims: { nonce: undefined } }, /"nonce"/],
    ['for another audience', { claims: { aud: 'somebody-else' } }, /"aud".*expected "the-tenant"/],
    ['with an ID token of another issuer', { claims: { iss: 'http://localhost:1' } }, /"iss".*expected/],
    ['with an ID token that expired', { claims: { exp: 1 } }, /"exp"|exp/],
    ['with an ID token signed by another key', { key: 'another' }, /signature verification failed/],
    ['without an ID token', { noToken: true }, /"id_token"/],
  ];
  for (const [name, lie, reason] of LIES)
    it(name, async () => {
      liar.lie = lie;
      const before = logins();
      const page = await client.browser.get(client.authorizeUrl({ connection: 'liar' }), {
        within: world.tenant.origin,
      });
      const end = await back(
        client.browser,
        await client.browser.get(page.headers.location ?? '', { follow: false }),
      );
      await nobody(end, before, reason, 'The answer of liar could not be verified.');
    });

  it('takes the same answer when it is true', async () => {
    const page = await client.browser.get(client.authorizeUrl({ connection: 'liar' }), {
      within: world.tenant.origin,
    });
    await back(client.browser, await client.browser.get(page.headers.location ?? '', { follow: false }));
    expect(world.last('login ok')?.user_id).to.equal('oidc|liar|mallory');
  });
});
