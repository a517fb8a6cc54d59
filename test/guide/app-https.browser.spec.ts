import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { sharedBrowser } from '../support/browser';
import { withPage } from '../support/pages';
import { ANN } from '../support/workshop';
import { RunningWorkshop } from './guide';

describe('npm start -- --https in a real browser', function () {
  this.timeout(180_000);
  let browser: Browser;
  before(async () => {
    browser = await sharedBrowser();
  });

  async function logIn(page: Page, app: string): Promise<void> {
    await page.goto(`${app}/login?returnTo=/appointments`);
    await page.fill('#email', ANN.email);
    await page.fill('#password', ANN.password);
    await page.click('button.primary');
    await page.waitForURL(/\/(u\/consent|appointments)/);
    if (page.url().includes('/u/consent')) await page.click('button[value=accept]');
    await page.waitForURL('**/appointments');
  }

  const steps: [step: string, processes: number, cookie: string][] = [
    ['07', 2, '__Host-app.sid'],
    ['05', 1, 'app.sid'],
  ];
  for (const [step, processes, cookie] of steps)
    it(`logs in at the app of step ${step}, ${processes === 1 ? 'one process' : 'two processes'} behind the proxy`, async () => {
      const workshop = new RunningWorkshop(`https ${step}`);
      try {
        if (step === '05')
          fs.writeFileSync(
            path.join(workshop.learner.home, 'env'),
            'BASE_URL=http://localhost:3000\nAPI_URL=http://localhost:9\n',
          );
        await workshop.open({}, '--https', '--step', step);
        const { app, origin } = workshop;
        expect(app).to.match(/^https:\/\/localhost:\d+$/);
        expect(workshop.stdout()).to.match(/^ +\S.*local-authority\.pem$/m);
        // It changes no BASE_URL that is there, and does not complain: the flag itself asks for another one.
        expect(workshop.settings().BASE_URL).to.equal(step === '05' ? 'http://localhost:3000' : app);
        expect(/has other values for (.*) than/.exec(workshop.stderr())?.[1]).to.equal(
          step === '05' ? 'API_URL' : undefined,
        );
        await withPage(browser, { ignoreHTTPSErrors: true }, async (page) => {
          await logIn(page, app);
          for (let i = 0; i < processes; i++) {
            const answer = await page.goto(`${app}/appointments`);
            expect(answer?.headers(), 'for all ports of localhost').not.to.have.property(
              'strict-transport-security',
            );
            expect(page.url()).to.equal(`${app}/appointments`);
          }
          const found = (await page.context().cookies(app)).find(({ name }) => name === cookie);
          expect(found).to.include({ secure: true, httpOnly: true, path: '/' });
          await page.goto(`${origin}/wire?login=last`);
          await page.locator('.row.from-browser.to-app').last().click();
          await page.waitForSelector('#request-title');
          expect(await page.locator('.message-whole .line code').first().textContent()).to.equal(
            `${app}/appointments`,
          );
          expect(await page.locator('#app-link').getAttribute('href')).to.equal(`${app}/`);
        });
      } finally {
        await workshop.close();
      }
    });
});
