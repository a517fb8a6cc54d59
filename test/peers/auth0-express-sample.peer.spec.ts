import { expect } from 'chai';
import { forms, type Page } from '../../shared/browser';
import { ANN } from '../support/workshop';
import { PEER_YAML, type Peer, startPeer } from './peer';

const APPLICATION = '  - name: Peer\n';
const IMPLICIT = PEER_YAML.replace(
  APPLICATION,
  `${APPLICATION}    grant_types: [authorization_code, refresh_token, implicit]\n`,
);

describe('Auth0’s Express sample against the local tenant', () => {
  let peer: Peer;
  before(async () => {
    peer = await startPeer({ app: 'auth0-express-sample', yaml: IMPLICIT });
  });
  after(() => peer?.close());

  /** A browser with JavaScript sends the form by itself. */
  const sendOn = (browser: ReturnType<Peer['browser']>, page: Page) => {
    const [form] = forms(page);
    expect(form?.action.href).to.equal(`${peer.origin}/callback`);
    expect(form?.fields).to.have.keys('id_token', 'state');
    return form ? browser.submit(page, form) : page;
  };

  it('logs in by a form with an ID token, and shows the profile', async () => {
    const browser = peer.browser();
    const asked = await browser.get(`${peer.origin}/profile`, { follow: false });
    expect(Object.fromEntries(new URL(asked.headers.location ?? '').searchParams)).to.include({
      response_type: 'id_token',
      response_mode: 'form_post',
    });
    const page = await sendOn(browser, await peer.logIn(browser, '/profile'));
    expect(`${page.status} ${page.url}`).to.equal(`200 ${peer.origin}/profile`);
    expect(JSON.parse(page.body)).to.include({ name: ANN.name, email: ANN.email });
  });

  it('logs out here and at the tenant', async () => {
    const browser = peer.browser();
    await sendOn(browser, await peer.logIn(browser, '/login'));
    expect((await browser.get(`${peer.origin}/`)).body).to.equal('Logged in');
    const home = await browser.get(`${peer.origin}/logout`);
    expect(`${home.url} ${home.body}`).to.equal(`${peer.origin}/ Logged out`);
    expect((await browser.get(`${peer.origin}/login`)).url.pathname).to.match(/^\/u\/login\//);
  });

  it('takes no ID token of another login', async () => {
    const [one, other] = [peer.browser(), peer.browser()];
    const stolen = await peer.logIn(one, '/login');
    await other.get(`${peer.origin}/login`);
    const page = await other.submit(stolen, forms(stolen)[0] as ReturnType<typeof forms>[0]);
    expect(page.status).to.equal(400);
    expect((await other.get(`${peer.origin}/`)).body).to.equal('Logged out');
  });
});
