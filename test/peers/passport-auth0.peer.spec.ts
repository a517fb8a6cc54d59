import { expect } from 'chai';
import { ANN, BOB } from '../support/workshop';
import { type Peer, startPeer } from './peer';

describe('passport-auth0 against the local tenant', () => {
  let peer: Peer;
  before(async () => {
    peer = await startPeer({ app: 'passport-auth0', https: true, api: true });
  });
  after(() => peer?.close());

  it('logs in, with the profile of /userinfo, and calls the API', async () => {
    const browser = peer.browser();
    const page = await peer.logIn(browser, '/login');
    expect(`${page.status} ${page.url}`).to.equal(`200 ${peer.origin}/profile`);
    const profile = JSON.parse(page.body);
    expect(profile).to.include({ name: ANN.name, email: ANN.email });
    expect(profile.sub).to.match(/^auth0\|/);
    expect(profile.refreshToken).to.be.a('string');
    const appointments = await browser.get(`${peer.origin}/appointments`);
    expect(appointments.status).to.equal(200);
    expect(JSON.parse(appointments.body)).to.have.property('appointments').that.is.an('array');
  });

  it('logs out here and at the tenant', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/login');
    const home = await browser.get(`${peer.origin}/logout`);
    expect(`${home.url} ${home.body}`).to.equal(`${peer.origin}/ Logged out`);
    expect((await browser.get(`${peer.origin}/login`)).url.pathname).to.match(/^\/u\/login\//);
  });

  it('logs nobody in whose state is not the one that it sent', async () => {
    const browser = peer.browser();
    await browser.get(`${peer.origin}/login`);
    const page = await browser.get(`${peer.origin}/callback?code=stolen&state=foreign`);
    expect(`${page.status} ${page.body}`).to.equal('403 not logged in');
    expect((await browser.get(`${peer.origin}/`)).body).to.equal('Logged out');
  });

  it('logs nobody in who declines', async () => {
    const browser = peer.browser();
    const page = await browser.logIn(await browser.get(`${peer.origin}/login`), BOB, 'decline');
    expect(`${page.url.pathname} ${page.body}`).to.equal('/failed not logged in');
  });
});
