import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { findStep } from '../../shared/steps/layers';
import { sharedBrowser } from '../support/browser';
import { axeFinds, errorsOf, withPage as withPageOf } from '../support/pages';
import { RunningWorkshop } from './guide';

const WIDE = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };
const STEP = findStep('2');

describe('the three regions of a lesson, in a real browser', function () {
  this.timeout(180_000);
  const workshop = new RunningWorkshop('regions');
  const { learner } = workshop;
  let browser: Browser;
  before(async () => {
    expect((await learner.run('catch-up', '2')).code).to.equal(0);
    learner.write('auth.ts', learner.read('auth.ts').replace(/^.*audience.*\n/m, ''));
    [browser] = await Promise.all([sharedBrowser(), workshop.open()]);
  });
  after(async () => {
    await workshop.close();
  });

  const withPage = (options: BrowserContextOptions, work: (page: Page) => Promise<void>) =>
    withPageOf(browser, options, async (page) => {
      const errors = errorsOf(page);
      await page.goto(`${workshop.origin}/steps/2`);
      await work(page);
      expect(errors).to.deep.equal([]);
    });
  const inSight = (page: Page) =>
    Promise.all(
      ['#region-tasks', '#main', '#region-wire .panel-inside'].map((one) => page.locator(one).isVisible()),
    );
  const evidence = (page: Page) => page.locator('[id^="seen-2.audience"]').first();
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);

  it('a diagnosis leads to the very message that it speaks of, beside the lesson and back', () =>
    withPage(WIDE, async (page) => {
      await evidence(page).focus();
      const n = /\/wire\/(\d+)\?/.exec((await evidence(page).getAttribute('href')) ?? '')?.[1];
      await page.keyboard.press('Enter');
      const message = page.locator('#message');
      await message.locator('#message-title').waitFor();
      expect(await message.locator('.n').textContent()).to.equal(n);
      expect(await message.locator('.fields > div', { hasText: /^audience/ }).textContent()).to.include(
        'audience is missing',
      );
      expect(await message.locator('.of-check').textContent()).to.include('asks for a token for the API');
      expect(await page.locator('h1').count()).to.equal(1);
      expect(await axeFinds(page)).to.deep.equal([]);
      await page.keyboard.press('Escape');
      expect(await message.isVisible()).to.equal(false);
      expect(await focused(page)).to.equal(await evidence(page).getAttribute('id'));
      await page.locator('[id^="course-2.audience"]').first().click();
      await page.waitForURL(/\/wire\?check=/);
      expect(await page.locator(`#m${n}`).count()).to.equal(1);
    }));

  it('the wire can be closed, and remains closed until it is opened or a message is', () =>
    withPage(WIDE, async (page) => {
      expect(await inSight(page)).to.deep.equal([true, true, true]);
      await page.locator('#close-panel').focus();
      await page.keyboard.press('Enter');
      expect(await inSight(page)).to.deep.equal([true, true, false]);
      expect(await focused(page)).to.equal('open-panel');
      await page.reload();
      expect(await inSight(page)).to.deep.equal([true, true, false]);
      expect(await axeFinds(page)).to.deep.equal([]);
      await page.locator('#open-panel').press('Enter');
      expect(await focused(page)).to.equal('close-panel');
      await page.locator('#close-panel').click();
      await evidence(page).click();
      await page.locator('#message-title').waitFor();
      expect(await inSight(page)).to.deep.equal([true, true, true]);
    }));

  it('a phone shows one at a time, and comes back to where it left', () =>
    withPage(PHONE, async (page) => {
      expect(await inSight(page)).to.deep.equal([false, true, false]);
      await evidence(page).scrollIntoViewIfNeeded();
      const left = await page.evaluate(() => Math.round(scrollY));
      await evidence(page).click();
      await page.locator('#message-title').waitFor();
      expect(await inSight(page)).to.deep.equal([false, false, true]);
      await page.locator('.bar a[href="#region-tasks"]').click();
      expect(await inSight(page)).to.deep.equal([true, false, false]);
      expect(await page.locator('.bar [aria-current]').textContent()).to.equal('Tasks');
      await page.goBack();
      await page.goBack();
      expect(await inSight(page)).to.deep.equal([false, true, false]);
      await page.waitForFunction((y) => Math.abs(scrollY - y) < 300, left);
    }));

  it('a phone without JavaScript too; a task’s link leads to its text, with the verdict beside it', () =>
    withPage({ ...PHONE, javaScriptEnabled: false }, async (page) => {
      await page.locator('.bar a[href="#region-wire"]').click();
      expect(await inSight(page)).to.deep.equal([false, false, true]);
      await page.locator('.bar a[href="#region-tasks"]').click();
      expect(await inSight(page)).to.deep.equal([true, false, false]);
      await page.locator('#region-tasks .tasks a').first().click();
      expect(await inSight(page)).to.deep.equal([false, true, false]);
      expect(new URL(page.url()).hash).to.equal('#task-2.1');
      expect(await page.locator('[id="verdict-2.1"]').textContent()).to.include('not right yet');
      expect(await page.locator('[id="verdict-2.1"] a').getAttribute('href')).to.equal('#state-2.1');
      await page.goto(`${workshop.origin}/steps/${STEP.name}`);
      await evidence(page).click();
      await page.locator('h1#message-title').waitFor();
    }));
});
