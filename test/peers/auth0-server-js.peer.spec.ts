import fs from 'node:fs';
import { expect } from 'chai';
import { decode } from '../support/client';
import { trustingFetch } from '../support/trusting-fetch';
import { ANN } from '../support/workshop';
import { type Peer, startPeer } from './peer';

describe('@auth0/auth0-server-js against the local tenant', () => {
  let peer: Peer;
  /** Seconds that the next access tokens live. */
  let lifetime: number | undefined;
  before(async () => {
    peer = await startPeer({
      app: 'auth0-server-js',
      https: true,
      api: true,
      accessTokenLifetime: (seconds) => lifetime ?? seconds,
    });
  });
  afterEach(() => {
    lifetime = undefined;
  });
  after(() => peer?.close());

  for (const [what, at] of [
    ['logs in', '/login'],
    ['logs in by a pushed authorization request', '/login?pushed'],
  ] as const)
    it(`${what}, shows the profile and calls the API`, async () => {
      const browser = peer.browser();
      const page = await peer.logIn(browser, at);
      expect(`${page.status} ${page.url}`).to.equal(`200 ${peer.origin}/profile`);
      expect(JSON.parse(page.body)).to.include({ name: ANN.name, email: ANN.email });
      const appointments = await browser.get(`${peer.origin}/appointments`);
      expect(appointments.status).to.equal(200);
      expect(JSON.parse(appointments.body).answer).to.have.property('appointments').that.is.an('array');
    });

  it('refreshes an access token that has expired', async () => {
    const browser = peer.browser();
    // The library takes a token for expired as soon as its last second has begun.
    lifetime = 1;
    await peer.logIn(browser, '/login');
    lifetime = undefined;
    const first = peer.last('token issued');
    await secondsHaveGone(1);
    const page = await browser.get(`${peer.origin}/appointments`);
    expect(page.status).to.equal(200);
    expect(peer.last('token issued')).to.include({ grant_type: 'refresh_token' });
    expect(first).to.include({ grant_type: 'authorization_code' });
    expect(decode(JSON.parse(page.body).accessToken).payload.sub).to.match(/^auth0\|/);
  });

  it('revokes its refresh token, which the tenant then refuses', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/login');
    const { body: refresh_token } = await browser.get(`${peer.origin}/revoke`);
    const own = peer.credentials('PEER');
    expect(peer.last('token revoked')).to.include({ client_id: own.client_id });
    const authority = fs.readFileSync(peer.tenant.settings().NODE_EXTRA_CA_CERTS ?? '', 'utf8');
    const answer = await trustingFetch(authority)(`${peer.tenant.issuer}oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: own.client_id ?? '',
        client_secret: own.client_secret ?? '',
        refresh_token,
      }),
    });
    expect(refresh_token).to.not.equal('');
    expect(await answer.json()).to.include({ error: 'invalid_grant' });
  });

  it('logs out here and, when Ann has confirmed it, at the tenant', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/login');
    const home = await peer.confirmLogout(browser, await browser.get(`${peer.origin}/logout`));
    expect(`${home.status} ${home.url}`).to.equal(`200 ${peer.origin}/`);
    expect((await browser.get(`${peer.origin}/profile`)).body).to.equal('Logged out');
    expect((await browser.get(`${peer.origin}/login`)).url.pathname).to.match(/^\/u\/login\//);
  });

  it('ends its session when the tenant reports a logout', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/login');
    await browser.get(`${peer.tenant.origin}/v2/logout`);
    expect(peer.last('back-channel logout sent')).to.include({
      client_id: peer.credentials('PEER').client_id,
    });
    expect((await browser.get(`${peer.origin}/profile`)).body).to.equal('Logged out');
  });

  it('takes no answer that another browser asked for', async () => {
    const page = await peer.browser().get(`${peer.origin}/callback?code=stolen&state=foreign`);
    expect(page.status).to.equal(500);
    expect(page.body).to.include('missing_transaction_error');
  });
});

/** The library reads the computer's clock: waits until that many whole seconds have begun. */
async function secondsHaveGone(seconds: number): Promise<void> {
  const until = Date.now() + (seconds + 1) * 1000;
  while (Date.now() < until) await new Promise((resolve) => setTimeout(resolve, until - Date.now()));
}
