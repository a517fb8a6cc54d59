import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { listSteps } from '../../shared/steps/layers';
import { sharedBrowser } from '../support/browser';
import { axeFinds, errorsOf, withPage } from '../support/pages';
import { ANN } from '../support/workshop';
import { RunningWorkshop } from './guide';

const WIDE = { width: 1440, height: 900 };
/** WCAG 2.2, 1.4.10: nothing has to be scrolled sideways. */
const NARROW = { width: 320, height: 640 };

/** Beginnings of blocks of code whose first line is below the button that copies it. Runs in the page. */
function coveredLines(): string[] {
  return [...document.querySelectorAll('.copyable')].flatMap((block) => {
    const code = block.querySelector('pre code');
    const button = block.querySelector('.copy')?.getBoundingClientRect();
    if (!code || !button || button.height === 0) return [];
    const all = document.createRange();
    all.selectNodeContents(code);
    const covered = [...all.getClientRects()].some(
      ({ left, right, top, bottom }) =>
        left < button.right && right > button.left && top < button.bottom - 2 && bottom > button.top + 2,
    );
    return covered ? [(code.textContent ?? '').slice(0, 40)] : [];
  });
}

describe('every page of the guide', function () {
  this.timeout(180_000);
  const workshop = new RunningWorkshop('every page');
  const { learner } = workshop;
  let browser: Browser;
  before(async () => {
    [browser] = await Promise.all([sharedBrowser(), workshop.open()]);
    // With no my-app the app is the finished one, so that there is a login with all that belongs to it.
    await workshop.browser.logIn(
      await workshop.browser.get(`${workshop.app}/login?returnTo=/appointments`),
      ANN,
    );
  });
  after(async () => {
    await workshop.close();
  });

  /** Blocks have their sizes, and what depends on these, after the next frame. */
  const nextFrame = (page: Page) =>
    page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

  /** In both layouts and both colour schemes, as the page stands there. */
  async function look(page: Page, name: string): Promise<void> {
    for (const [viewport, colorScheme] of [
      [WIDE, 'light'],
      [NARROW, 'light'],
      [NARROW, 'dark'],
      [WIDE, 'dark'],
    ] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // The bar at the top covers what is scrolled below it, which is no small target.
      await page.evaluate(() => scrollTo(0, 0));
      await nextFrame(page);
      const otherColours = colorScheme === 'dark';
      expect(
        await axeFinds(page, { otherColours }),
        `${name}, ${colorScheme}, ${viewport.width}`,
      ).to.deep.equal([]);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(over, `${name}: pixels that stick out of ${viewport.width}`).to.be.at.most(0);
    }
  }

  it('has nothing that axe finds wrong, in light and in dark, and fits 320 pixels', () =>
    withPage(browser, {}, async (page) => {
      const errors = errorsOf(page);
      const see = async (at: string, name = at) => {
        await page.goto(workshop.origin + at);
        await look(page, name);
      };
      for (const at of ['/', '/tenant', '/faults', '/tokens', '/wire', '/wire?show=errors']) await see(at);
      await page.goto(`${workshop.origin}/wire`);
      const token = page.getByRole('link', { name: 'POST /oauth/token' }).last();
      const message = (await token.getAttribute('href')) ?? '';
      await token.click();
      await page.getByRole('heading', { name: 'Token request' }).waitFor();
      await look(page, 'the wire with a message open');
      await see(message, 'a message');
      for (const { number } of listSteps()) await see(`/steps/${number}`);
      await page.getByRole('button', { name: 'Close' }).click();
      await look(page, 'a lesson with the wire closed');
      for (const at of [
        '/docs/troubleshooting',
        '/steps/3/diff',
        '/steps/2/files/auth.ts',
        '/steps/2/tasks/2.1/solution',
      ])
        await see(at);
      await page.setViewportSize(NARROW);
      await page.goto(`${workshop.origin}/docs/troubleshooting`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), 'its tables').to.equal(320);
      expect(errors).to.deep.equal([]);
      // The browser says of each of these that it is an error.
      await see('/nothing', '404');
      await page.goto(workshop.origin.replace('localhost', 'guide.localhost'));
      expect(await page.textContent('body')).to.include('This Host is not an address of the guide');
      await look(page, '403');
    }));

  it('shows where a picture goes on, covers no line of code, and ends at the bottom of the window', () =>
    withPage(browser, { viewport: NARROW }, async (page) => {
      await page.goto(`${workshop.origin}/steps/2`);
      const picture = page.locator('figure.scroll').first();
      await page.locator('figure.scroll.more-after:not(.more-before)').first().waitFor();
      await picture.getByText('Scroll sideways to see all of it.').waitFor();
      await picture.evaluate((box) => box.scrollTo(box.scrollWidth, 0));
      await page.locator('figure.scroll.more-before:not(.more-after)').first().waitFor();
      for (const viewport of [NARROW, WIDE]) {
        await page.setViewportSize(viewport);
        await page.locator('main .fold').evaluateAll((all) => {
          for (const fold of all) (fold as HTMLDetailsElement).open = true;
        });
        await nextFrame(page);
        expect(await page.evaluate(coveredLines), `${viewport.width}`).to.deep.equal([]);
      }
      // What a command prints begins where its block of code begins.
      const lefts = (of: string) =>
        page.locator(of).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left));
      const printed = await lefts('main.text > figure.code.text pre');
      expect(printed).to.not.deep.equal([]);
      expect(new Set([...printed, ...(await lefts('main.text > figure.code.sh pre'))]).size).to.equal(1);
      await page.goto(`${workshop.origin}/nothing`);
      const end = () => page.locator('.foot').evaluate((foot) => foot.getBoundingClientRect().bottom);
      expect(await end()).to.equal(WIDE.height);
    }));

  it('the same with diagnoses, answers and hints shown, and where somebody must decide', () =>
    withPage(browser, {}, async (page) => {
      await page.goto(`${workshop.origin}/steps/2`);
      await page.getByRole('button', { name: 'Start this step' }).click();
      await page.getByText('now has the files of this step').waitFor();
      await page.goto(`${workshop.origin}/steps/2?q0=The+password+being+read`);
      await page.getByText('0 of 5 tasks are right').waitFor();
      await page.getByRole('button', { name: 'Show a hint' }).first().click();
      await page.getByRole('button', { name: 'Another hint' }).waitFor();
      await look(page, 'a lesson with diagnoses');
      await page.goto(`${workshop.origin}/wire`);
      await page.locator('#checks summary').click();
      await page.getByRole('link', { name: '✗ the app asks who the user is' }).waitFor();
      await look(page, 'the wire with the list of checks open');
      await page.goto(`${workshop.origin}/steps/2`);
      const yaml = learner.read('tenant.yaml');
      learner.write('tenant.yaml', yaml.replace('regular_web', 'regular_wed'));
      const refusal = page.locator('#refusal');
      await refusal.getByRole('link', { name: /my-app\/tenant\.yaml:\d+$/ }).waitFor();
      // What was found before says nothing about these files.
      expect(await page.locator('#task-list .wrong').count()).to.equal(0);
      await look(page, 'a lesson with a mistake in tenant.yaml');
      learner.write('tenant.yaml', yaml);
      await refusal.locator('.problems').waitFor({ state: 'detached' });
      learner.write(
        'routes.ts',
        learner.read('routes.ts').replace(/^ {2}return .*$/gm, (line) => `${line} // mine`),
      );
      await page.goto(`${workshop.origin}/steps/3`);
      await page.getByRole('button', { name: 'Start this step' }).click();
      await page.getByRole('heading', { name: 'You and the step changed the same lines' }).waitFor();
      await look(page, 'a conflict');
    }));

  it('is readable without JavaScript: lessons, progress, what failed, the way on', () =>
    withPage(browser, { javaScriptEnabled: false, viewport: NARROW }, async (page) => {
      await page.goto(workshop.origin);
      await page.getByText('0 of 5 tasks done').first().waitFor();
      for (const { name, title, tasks } of listSteps()) {
        await page.goto(`${workshop.origin}/steps/${name}`);
        await page.getByRole('heading', { level: 1, name: title }).waitFor();
        await page.getByRole('link', { name: 'Tasks', exact: true }).click();
        for (const one of tasks) await page.getByRole('link', { name: one.title }).first().waitFor();
      }
      await page.goto(`${workshop.origin}/steps/2#region-tasks`);
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await page.goto(`${page.url()}#region-tasks`);
      await page.getByRole('link', { name: 'not right yet' }).first().click();
      await page.getByText('Likely cause').first().waitFor();
    }));
});
