import { expect } from 'chai';
import { Browser, forms, text } from '../shared/browser';
import { ANN, type Running, runStep } from './support/workshop';

/** The main job, whole: tenant, API and finished app as `npm start` runs them. What the checks look at is not repeated. */
describe('the workshop', () => {
  let running: Running;
  let browser: Browser;
  before(async () => {
    running = await runStep(4, {
      // The first access token of a login has expired a second later.
      accessTokenLifetime: (seconds, { grant_type }) => (grant_type === 'refresh_token' ? seconds : 1),
    });
  });
  after(() => running?.close());
  beforeEach(() => {
    browser = new Browser();
  });
  afterEach(() => browser.close());

  const refreshes = () =>
    running.tenant.events
      .recent()
      .filter((e) => e.type === 'token issued' && e.grant_type === 'refresh_token').length;

  it('says so when the user declines', async () => {
    const page = await browser.logIn(await browser.get(`${running.app.origin}/login`), ANN, 'decline');
    expect(page.url.pathname).to.equal('/callback');
    expect(page.status).to.equal(403);
    expect(text(page)).to.include('User did not authorize the request');
  });

  it('logs in, adds and deletes appointments, and goes on after the access token has expired', async () => {
    const list = await running.logIn(browser, '/appointments');
    expect(text(list)).to.include('Dentist');
    const added = await browser.post(`${running.app.origin}/appointments`, {
      title: 'Chess with Alan',
      startsAt: '2027-05-01T10:00',
    });
    expect(text(added)).to.include('Chess with Alan');
    const before = refreshes();
    const over = Date.now() + 1000;
    while (Date.now() < over) await new Promise((resolve) => setTimeout(resolve, over - Date.now()));
    const remove = forms(added)
      .filter((form) => /\/delete$/.test(form.action.pathname))
      .at(-1);
    if (!remove) throw new Error('no form deletes an appointment');
    const left = await browser.submit(added, remove);
    expect(left.status).to.equal(200);
    expect(text(left)).not.to.include('Chess with Alan');
    expect(refreshes()).to.be.at.least(before);
  });

  it('refreshes once for fifty parallel requests on one expired session', async () => {
    await running.logIn(browser, '/profile');
    const before = refreshes();
    const over = Date.now() + 1000;
    while (Date.now() < over) await new Promise((resolve) => setTimeout(resolve, over - Date.now()));
    const get = () => browser.get(`${running.app.origin}/appointments`, { follow: false });
    const pages = await Promise.all(Array.from({ length: 50 }, get));
    expect(pages.filter((page) => page.status !== 200)).to.deep.equal([]);
    expect(refreshes() - before).to.equal(1);
    expect((await get()).status).to.equal(200);
    expect(running.tenant.events.recent().some((e) => e.type === 'refresh token reused')).to.equal(false);
  });
});
