import { expect } from 'chai';
import { Browser, forms, text } from '../shared/browser';
import { listSteps } from '../shared/workshop/layers';
import { ANN, type Running, runStep } from './support/workshop';

for (const step of listSteps().filter(({ number }) => number >= 2)) {
  describe(`the app after step ${step.id}`, () => {
    let running: Running;
    let browser: Browser;
    before(async () => {
      // As in a check: the first access token lives two seconds.
      let first = true;
      const accessTokenLifetime = (seconds: number) => {
        if (step.number < 4 || !first) return seconds;
        first = false;
        return 2;
      };
      running = await runStep(step.number, { accessTokenLifetime });
    });
    after(() => running?.close());
    beforeEach(() => {
      browser = new Browser();
    });
    afterEach(() => browser.close());

    it('logs in over the real redirect, shows who it is, and logs out for good', async () => {
      const page = await running.logIn(browser);
      expect(page.url.href).to.equal(`${running.app.origin}/profile`);
      expect(text(page)).to.include(ANN.name).and.include(ANN.email);
      const stolen = await browser.cookies(running.app.origin);
      const logout = await browser.get(`${running.app.origin}/logout`);
      const [form] = forms(logout);
      if (!form) throw new Error('the log-out page has no form');
      await browser.submit(logout, form);
      const replayed = await new Browser().get(`${running.app.origin}/profile`, {
        follow: false,
        headers: { cookie: stolen },
      });
      expect(replayed.status).to.equal(303);
      expect(replayed.headers.location).to.match(/^\/login/);
    });

    it('says so when the user declines', async () => {
      const fresh = await runStep(step.number);
      try {
        const page = await browser.logIn(await browser.get(`${fresh.app.origin}/login`), ANN, 'decline');
        expect(page.url.pathname).to.equal('/callback');
        expect(page.status).to.equal(403);
        expect(text(page)).to.include('User did not authorize the request');
      } finally {
        await fresh.close();
      }
    });

    it('refuses a callback with a state it did not give out', async () => {
      const page = await browser.get(`${running.app.origin}/callback?code=x&state=y`);
      expect(page.status).to.equal(400);
    });

    it('never leads to another site after the log-in', async () => {
      for (const returnTo of [
        '//evil.example',
        '/\\evil.example',
        'https:evil.example',
        '/\t/evil.example',
      ]) {
        const page = await running.logIn(new Browser(), returnTo);
        expect(page.url.href, returnTo).to.equal(`${running.app.origin}/profile`);
      }
    });

    if (step.number >= 3) {
      it('lists, adds and deletes appointments through the API', async () => {
        const list = await running.logIn(browser, '/appointments');
        expect(text(list)).to.include('Dentist');
        const added = await browser.post(`${running.app.origin}/appointments`, {
          title: 'Chess with Alan',
          startsAt: '2027-05-01T10:00',
        });
        expect(text(added)).to.include('Chess with Alan');
        const remove = forms(added)
          .filter((form) => /\/delete$/.test(form.action.pathname))
          .at(-1);
        if (!remove) throw new Error('no form deletes an appointment');
        expect(text(await browser.submit(added, remove))).not.to.include('Chess with Alan');
      });
    }

    if (step.number >= 4) {
      it('refreshes once for fifty parallel requests on one expired session', async () => {
        const fresh = await runStep(4, {
          accessTokenLifetime: (seconds, { grant_type }) => (grant_type === 'refresh_token' ? seconds : 1),
        });
        try {
          await fresh.logIn(browser, '/appointments');
          const refreshes = () =>
            fresh.tenant.events
              .recent()
              .filter((e) => e.type === 'token issued' && e.grant_type === 'refresh_token').length;
          const started = Date.now();
          while (Date.now() - started < 1000) await new Promise((resolve) => setImmediate(resolve));
          const before = refreshes();
          const pages = await Promise.all(
            Array.from({ length: 50 }, () => browser.get(`${fresh.app.origin}/appointments`)),
          );
          expect(pages.map((page) => page.status)).to.deep.equal(Array(50).fill(200));
          expect(pages.every((page) => page.url.pathname === '/appointments')).to.equal(true);
          expect(refreshes() - before).to.be.at.most(1);
          expect(refreshes()).to.equal(1);
        } finally {
          await fresh.close();
        }
      });
    }
  });
}
