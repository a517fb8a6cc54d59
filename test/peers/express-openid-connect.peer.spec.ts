import { expect } from 'chai';
import type { Page } from '../../shared/browser';
import { AUDIENCE, decode } from '../support/client';
import { ANN } from '../support/workshop';
import { type Peer, startPeer } from './peer';

describe('express-openid-connect against the local tenant', () => {
  let peer: Peer;
  before(async () => {
    peer = await startPeer({ app: 'express-openid-connect', api: true });
  });
  after(() => peer?.close());

  const json = (page: Page) => JSON.parse(page.body);

  it('logs in, and shows the profile of the ID token and of /userinfo', async () => {
    const browser = peer.browser();
    const page = await peer.logIn(browser, '/profile');
    expect(`${page.status} ${page.url}`).to.equal(`200 ${peer.origin}/profile`);
    expect(json(page)).to.include({ name: ANN.name, email: ANN.email });
    const userinfo = await browser.get(`${peer.origin}/userinfo`);
    expect(json(userinfo)).to.include({ sub: json(page).sub, name: ANN.name });
  });

  it('calls the API, refreshes, and calls it again', async () => {
    const browser = peer.browser();
    const page = await peer.logIn(browser, '/appointments');
    expect(page.status).to.equal(200);
    const { aud, scope } = decode(json(page).token).payload;
    expect(aud).to.deep.equal([AUDIENCE, `${peer.tenant.issuer}userinfo`]);
    expect(String(scope).split(' ')).to.include('read:appointments');
    expect(json(page).answer).to.have.property('appointments').that.is.an('array');
    const again = await browser.get(`${peer.origin}/appointments?refresh`);
    expect(again.status).to.equal(200);
    expect(json(again).token).not.to.equal(json(page).token);
    expect(peer.last('token issued')).to.include({ grant_type: 'refresh_token' });
  });

  // What docs/sdk.md says of it.
  it('keeps the tokens in one cookie of some kilobytes', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/profile');
    const cookies = (await browser.cookies(peer.origin)).split('; ');
    const session = cookies.find((one) => one.startsWith('appSession=')) ?? '';
    expect(session.length).to.be.within(3000, 4096);
  });

  it('sends a refresh for each parallel request, of which one succeeds, and loses the login', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/profile');
    const sent = () =>
      peer.tenant.events.recent().filter((one) => 'grant_type' in one && one.grant_type === 'refresh_token')
        .length;
    const before = sent();
    const refresh = () => browser.get(`${peer.origin}/appointments?refresh`);
    const pages = await Promise.all(Array.from({ length: 8 }, refresh));
    expect(pages.filter(({ status }) => status === 200)).to.have.length(1);
    expect(sent() - before).to.equal(8);
    expect((await refresh()).status).to.not.equal(200);
  });

  it('logs out here and at the tenant', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/profile');
    const home = await browser.get(`${peer.origin}/logout`);
    expect(`${home.url} ${home.body}`).to.equal(`${peer.origin}/ Logged out`);
    expect(peer.last('logout')).to.include({ client_id: peer.credentials('PEER').client_id });
    const login = await browser.get(`${peer.origin}/profile`);
    expect(login.url.pathname).to.match(/^\/u\/login\//);
  });

  it('ends its session when the tenant reports a logout', async () => {
    const browser = peer.browser();
    await peer.logIn(browser, '/profile');
    await browser.get(`${peer.tenant.origin}/v2/logout`);
    expect(peer.last('back-channel logout sent')).to.include({
      client_id: peer.credentials('PEER').client_id,
    });
    expect((await browser.get(`${peer.origin}/`)).body).to.equal('Logged out');
  });

  it('takes no answer that another browser asked for', async () => {
    const begun = await peer.browser().get(`${peer.origin}/login`);
    expect(begun.url.origin).to.equal(peer.tenant.origin);
    const other = await peer.browser().get(`${peer.origin}/callback?code=stolen&state=foreign`);
    expect(other.status).to.equal(400);
    expect(other.body).to.include('auth_verification');
  });
});
