import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { readApp } from '../../shared/steps/layers';
import { sharedBrowser } from '../support/browser';
import { errorsOf, withPage as withPageOf } from '../support/pages';
import { RunningWorkshop } from './guide';

describe('the guide in a real browser', function () {
  this.timeout(180_000);
  const workshop = new RunningWorkshop('guide in a browser');
  const { learner } = workshop;
  let browser: Browser;
  before(async () => {
    [browser] = await Promise.all([sharedBrowser(), workshop.open()]);
    // The first page takes longest.
    await workshop.get('/steps/1');
    await workshop.post('/steps/1/start');
  });
  after(async () => {
    await workshop.close();
  });

  const withPage = (options: BrowserContextOptions, work: (page: Page) => Promise<void>) =>
    withPageOf(browser, options, async (page) => {
      const errors = errorsOf(page);
      page.on('request', (request) => {
        if (!request.url().startsWith(workshop.origin)) errors.push(`asked for ${request.url()}`);
      });
      await work(page);
      expect(errors).to.deep.equal([]);
    });

  it('turns a task green by itself when its file is saved, and red again with the reason', () =>
    withPage({}, async (page) => {
      await page.goto(`${workshop.origin}/steps/1`);
      const state = page.locator('[id="state-1.1"]');
      await state.locator('.finding').first().waitFor();
      const starter = learner.read('tenant.yaml');
      learner.write('tenant.yaml', readApp(1).get('tenant.yaml') ?? '');
      await page.locator('[id="state-1.1"].right').waitFor();
      await page.locator('#task-list li.right').nth(4).waitFor();
      learner.write('tenant.yaml', starter);
      await page.locator('[id="state-1.1"].wrong').waitFor();
      expect(await state.locator('dt').first().textContent()).to.equal('Expected');
    }));

  it('knows of a save that no page saw', () =>
    withPage({}, async (page) => {
      await page.goto(`${workshop.origin}/steps/1`);
      await page.locator('[id="state-1.1"].wrong').waitFor();
      await page.goto('about:blank');
      learner.write('tenant.yaml', readApp(1).get('tenant.yaml') ?? '');
      await page.goto(`${workshop.origin}/steps/1`);
      await page.locator('[id="state-1.1"].right').waitFor();
    }));

  it('follows a command at the shell to the next step', () =>
    withPage({}, async (page) => {
      await page.goto(`${workshop.origin}/steps/1`);
      expect((await learner.run('catch-up', '1')).code).to.equal(0);
      expect((await learner.run('start', '2')).code).to.equal(0);
      await page.waitForURL(/\/steps\/02/);
    }));

  it('needs no mouse: a hint, the questions and the way on by the keyboard alone', () =>
    withPage({}, async (page) => {
      await page.goto(`${workshop.origin}/steps/2`);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).to.equal('To the content');
      await page.locator('[id="hint-2.1"]').focus();
      await page.keyboard.press('Enter');
      await page.locator('[id="help-2.1"] .hints li').waitFor();
      expect(await page.evaluate('document.activeElement.id')).to.equal('hint-2.1');
      await page.locator('fieldset input').first().focus();
      await page.keyboard.press('Space');
      await page.keyboard.press('Enter');
      await page.waitForURL(/q0=/);
      await page.locator('.reason').first().waitFor();
    }));
});
