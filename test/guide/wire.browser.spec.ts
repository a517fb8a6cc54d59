import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { findStep } from '../../shared/steps/layers';
import { sharedBrowser } from '../support/browser';
import { errorsOf, withPage as withPageOf } from '../support/pages';
import { ANN } from '../support/workshop';
import { RunningWorkshop } from './guide';

describe('the wire in a real browser', function () {
  this.timeout(180_000);
  const workshop = new RunningWorkshop('wire in a browser');
  let browser: Browser;
  before(async () => {
    [browser] = await Promise.all([sharedBrowser(), workshop.open()]);
  });
  after(async () => {
    await workshop.close();
  });

  const withPage = (options: BrowserContextOptions, work: (page: Page) => Promise<void>) =>
    withPageOf(browser, options, work);

  async function logIn(page: Page): Promise<void> {
    await page.goto(`${workshop.app}/login?returnTo=/appointments`);
    await page.fill('#email', ANN.email);
    await page.fill('#password', ANN.password);
    await page.click('button.primary');
    await page.waitForURL(/\/(u\/consent|appointments)/);
    if (page.url().includes('/u/consent')) await page.click('button[value=accept]');
    await page.waitForURL('**/appointments');
  }

  it('draws a real login as it happens, between all four parties, and nothing of its own', () =>
    withPage({}, async (page) => {
      const errors = errorsOf(page);
      await page.goto(`${workshop.origin}/wire`);
      await page.waitForSelector('#nothing');
      expect(await page.getByText('A check').isVisible(), 'a choice of checks where there are none').to.equal(
        false,
      );
      await logIn(await page.context().newPage());
      await page.locator('.row.from-app.to-api.answered').first().waitFor();
      const rows = (await page.locator('.row').allTextContents()).map((text) => text.replace(/\s+/g, ' '));
      const place = (pattern: RegExp) => rows.findIndex((row) => pattern.test(row));
      const order = [
        /Browser to App [12]\s*front channel\s*App [12] GET \/login\s*303 to the tenant’s \/authorize/,
        /Browser to Tenant\s*front channel\s*GET \/authorize\s*302/,
        /Browser to Tenant.*302 to the app’s \/callback code/,
        /Browser to App [12]\s*front channel\s*App [12] GET \/callback code\s*303 to \/appointments/,
        /App [12] to Tenant\s*back channel\s*App [12] POST \/oauth\/token authorization_code code\s*200 access_token id_token refresh_token/,
        /App [12] to API\s*back channel\s*App [12] GET \/appointments access_token\s*200/,
        /API to Tenant\s*back channel\s*GET \/.well-known\/jwks.json\s*200/,
      ].map(place);
      expect(order, rows.join('\n')).to.deep.equal([...order].sort((a, b) => a - b));
      expect(order).to.not.include(-1);
      expect(rows.filter((row) => /\/(live|assets|wire|favicon|styles?)\b|\.css/.test(row))).to.deep.equal(
        [],
      );
      expect(await page.locator('.remark').count()).to.equal(0);
      expect(errors).to.deep.equal([]);
    }));

  it('exports the login as a script that logs in again when it is run', async () => {
    const script = await (await fetch(`${workshop.origin}/wire/export.sh?login=last`)).text();
    const run = (env: NodeJS.ProcessEnv) =>
      promisify(execFile)('sh', ['-c', script], { env: { ...process.env, ...env } });
    const { stdout } = await run({ PASSWORD: ANN.password });
    const answers = [...stdout.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
    expect(answers.at(-1), stdout).to.equal('200');
    expect(stdout).to.match(/^Location: http:\/\/localhost:\d+\/callback\?code=/m);
    expect(stdout).to.match(/^Location: \/appointments$/m);
    const refused = await run({ PASSWORD: '' }).catch((error: { stderr: string }) => error);
    expect(refused.stderr).to.include('PASSWORD: is a secret');
  });

  it('opens a message beside the diagram, with the keyboard alone, and shows its secrets when asked', () =>
    withPage({ viewport: { width: 1440, height: 900 } }, async (page) => {
      await page.goto(`${workshop.origin}/wire?login=last`);
      const link = page.locator('a.message', { hasText: '/oauth/token' });
      await link.focus();
      await page.keyboard.press('Enter');
      const beside = page.locator('#message');
      await beside.locator('#message-title').waitFor();
      expect(new URL(page.url()).pathname).to.equal('/wire');
      expect(await beside.textContent()).to.match(/It matches\.[\s\S]*The signature is right/);
      const row = await link.evaluate((a) => a.parentElement?.className);
      expect(row).to.include('current');
      const field = beside.locator('.fields > div', { hasText: 'client_secret' }).first().locator('.value');
      expect(await field.textContent()).to.include('…');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.id')).to.equal('secrets');
      await page.keyboard.press('Enter');
      await beside.locator('text=Hide secrets').waitFor();
      expect(await field.textContent()).to.not.include('…');
      await page.keyboard.press('Escape');
      expect(await beside.isVisible()).to.equal(false);
      expect(await page.evaluate('document.activeElement.getAttribute("href")')).to.equal(
        await link.getAttribute('href'),
      );
    }));

  it('is whole at 320 pixels and without JavaScript', () =>
    withPage({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } }, async (page) => {
      await page.goto(`${workshop.origin}/wire`);
      const width = () => page.locator('html').evaluate((html) => html.scrollWidth);
      expect(await width()).to.be.at.most(320);
      // The numbers of a day's messages have four digits.
      const touching = await page.locator('.row').evaluateAll(
        (rows) =>
          rows.filter((row) => {
            const number = row.querySelector('.number') as HTMLElement;
            (number.firstChild as Text).data = '2888 ';
            const digits = document.createRange();
            digits.selectNodeContents(number.firstChild as Text);
            const label = row.querySelector('.label')?.firstElementChild?.getBoundingClientRect();
            return (label?.left ?? 0) - digits.getBoundingClientRect().right < 3;
          }).length,
      );
      expect(touching, 'rows whose number touches the text').to.equal(0);
      await page.locator('a.message', { hasText: '/oauth/token' }).first().click();
      await page.waitForSelector('h1#message-title');
      expect(await width()).to.be.at.most(320);
      await page.click('#secrets');
      await page.waitForURL(/secrets=1/);
      expect(await width()).to.be.at.most(320);
      expect(await page.textContent('main')).to.include('Hide secrets');
    }));

  it('draws what visit of step 01 sends as the browser’s', async () => {
    const lesson = fs.readFileSync(path.join(findStep('1').folder, 'README.md'), 'utf8');
    const helper = /^JAR=[\s\S]*?^}$/m.exec(lesson)?.[0];
    const script = `${helper}\nvisit "$ISSUER/authorize?client_id=by-hand"`;
    const { ISSUER_BASE_URL = '' } = workshop.settings();
    const env = { ...process.env, ISSUER: ISSUER_BASE_URL.replace(/\/$/, '') };
    await promisify(execFile)('sh', ['-c', script], { env });
    const page = await (await fetch(`${workshop.origin}/wire?show=errors`)).text();
    const text = page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
    expect(text).to.match(/Browser to Tenant front channel GET \/authorize 400/);
  });
});
