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
      await page.locator('[id="verdict-1.1"].right').waitFor();
      await page.locator('#task-list li.right').nth(4).waitFor();
      const place = page.locator('[id="place-1.5"]');
      const [, line] = /tenant\.yaml:(\d+)$/.exec((await place.textContent()) ?? '') ?? [];
      learner.write('tenant.yaml', `# mine\n# too\n${learner.read('tenant.yaml')}`);
      await place.getByText(`tenant.yaml:${Number(line) + 2}`).waitFor();
      learner.write('tenant.yaml', starter);
      await page.locator('[id="verdict-1.1"].wrong').waitFor();
      expect(await state.locator('dt').first().textContent()).to.equal('Expected');
    }));

  it('knows of a save that no page saw', () =>
    withPage({}, async (page) => {
      await page.goto(`${workshop.origin}/steps/1`);
      await page.locator('[id="verdict-1.1"].wrong').waitFor();
      await page.goto('about:blank');
      learner.write('tenant.yaml', readApp(1).get('tenant.yaml') ?? '');
      await page.goto(`${workshop.origin}/steps/1`);
      await page.locator('[id="verdict-1.1"].right').waitFor();
    }));

  it('follows a command at the shell to the next step', () =>
    withPage({}, async (page) => {
      await page.goto(`${workshop.origin}/steps/1`);
      expect((await learner.run('catch-up', '1')).code).to.equal(0);
      expect((await learner.run('start', '2')).code).to.equal(0);
      await page.waitForURL(/\/steps\/02/);
    }));

  it('copies a block of code and a command', () =>
    withPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
      await page.goto(`${workshop.origin}/steps/2`);
      const copied = () => page.evaluate(() => navigator.clipboard.readText());
      const block = page.locator('figure.sh').first();
      await block.getByRole('button', { name: /^Copy: / }).click();
      await page.getByRole('status').getByText('Copied').waitFor();
      expect(await copied()).to.equal(await block.locator('code').textContent());
      const command = page.locator('main code + button').first();
      await command.click();
      expect(`Copy: ${await copied()}`).to.equal(await command.getAttribute('aria-label'));
    }));

  it('opens files in the editor that the learner chooses, and comes back to the page', () =>
    withPage({}, async (page) => {
      await page.goto(`${workshop.origin}/steps/2`);
      const place = page.locator('[id="place-2.1"]');
      const use = async (editor: string) => {
        await page.getByLabel('Open files in').selectOption({ label: editor });
        await Promise.all([
          page.waitForEvent('load'),
          page.getByRole('button', { name: 'Save', exact: true }).click(),
        ]);
        expect(new URL(page.url()).pathname).to.equal('/steps/2');
      };
      const href = () => place.getByRole('link').getAttribute('href');
      const file = encodeURI(learner.app);
      expect(await href()).to.match(/^vscode:\/\/file\/.*\/auth\.ts:\d+$/);
      await use('Cursor');
      expect(await href()).to.include(`cursor://file${file}/auth.ts:`);
      await use('JetBrains WebStorm');
      expect(await href()).to.match(/^webstorm:\/\/open\?file=.*\/auth\.ts&line=\d+$/);
      await use('another editor: show the path');
      expect(await place.getByRole('link').count()).to.equal(0);
      expect(await place.textContent()).to.match(/my-app\/auth\.ts:\d+$/);
    }));

  it('counts what the keyboard unfolds, and says so beside the tasks', () =>
    withPage({ colorScheme: 'dark', viewport: { width: 390, height: 800 } }, async (page) => {
      await page.goto(`${workshop.origin}/steps/2`);
      const fold = page.locator('[data-fold="2.2-lines-1"]');
      expect(await fold.locator('code').isVisible()).to.equal(false);
      await fold.locator('summary').focus();
      await page.keyboard.press('Enter');
      await fold.locator('code').waitFor();
      await page.locator('.unfolded').filter({ hasText: '1 of 5 tasks' }).waitFor({ state: 'attached' });
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(390);
    }));

  it('needs no mouse: a hint, the questions and the way on by the keyboard alone', () =>
    withPage({}, async (page) => {
      await page.goto(`${workshop.origin}/steps/2`);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).to.equal('Skip to the content');
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
