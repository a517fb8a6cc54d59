import { expect } from 'chai';
import { AUDIENCE } from '../support/client';
import { ANN } from '../support/workshop';
import { PEER_YAML, type Peer, startPeer } from './peer';

describe('passport-openidconnect against the local tenant', () => {
  let peer: Peer;
  before(async () => {
    const yaml = `${PEER_YAML}tenant: { default_audience: ${AUDIENCE} }\n`;
    peer = await startPeer({ app: 'passport-openidconnect', yaml, api: true });
  });
  after(() => peer?.close());

  it('logs in, with the profile of /userinfo, and calls the API of the default audience', async () => {
    const browser = peer.browser();
    const page = await peer.logIn(browser, '/login');
    expect(`${page.status} ${page.url}`).to.equal(`200 ${peer.origin}/profile`);
    expect(JSON.parse(page.body)).to.include({ name: ANN.name, email: ANN.email });
    const appointments = await browser.get(`${peer.origin}/appointments`);
    expect(appointments.status).to.equal(200);
    expect(JSON.parse(appointments.body)).to.have.property('appointments').that.is.an('array');
  });

  it('logs out here and, when Ann has confirmed it, at the tenant', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/login');
    const home = await peer.confirmLogout(browser, await browser.get(`${peer.origin}/logout`));
    expect(`${home.url} ${home.body}`).to.equal(`${peer.origin}/ Logged out`);
    expect((await browser.get(`${peer.origin}/login`)).url.pathname).to.match(/^\/u\/login\//);
  });

  it('logs nobody in whose state is not the one that it sent', async () => {
    const browser = peer.browser();
    await browser.get(`${peer.origin}/login`);
    const page = await browser.get(`${peer.origin}/callback?code=stolen&state=foreign`);
    expect(`${page.status} ${page.body}`).to.equal('403 not logged in');
  });

  it('reports what the tenant says of a code that it does not know', async () => {
    const browser = peer.browser();
    const login = await browser.get(`${peer.origin}/login`, { follow: false });
    const state = new URL(login.headers.location ?? '').searchParams.get('state');
    const page = await browser.get(
      `${peer.origin}/callback?${new URLSearchParams({ code: 'unknown', state: state ?? '' })}`,
    );
    expect(`${page.status} ${page.body}`).to.equal('500 TokenError: Invalid authorization code');
  });
});
