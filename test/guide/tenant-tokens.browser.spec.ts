import fs from 'node:fs';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { Wire } from '../../shared/guide/wire/wire';
import { Recorder } from '../../shared/recorder';
import { sharedBrowser } from '../support/browser';
import { axeFinds, errorsOf, withPage as withPageOf } from '../support/pages';
import { type Signer, startSigner } from '../support/signer';
import { startTestTenant, type TestTenant, YAML } from '../support/tenant';
import { startBareGuide } from './in-process';
import { playLogin } from './sample-messages';

const SCHEMES = ['light', 'dark'] as const;

interface Look {
  name: string;
  colorScheme: (typeof SCHEMES)[number];
  /** What axe finds. */
  axe: string[];
  /** Pixels. */
  width: number;
}

const EVIL = '<img src=x onerror="document.title=1"><b class=evil>';

describe('tenant and tokens in a real browser', function () {
  this.timeout(180_000);
  let browser: Browser;
  let test: TestTenant;
  let signer: Signer;
  let running: Awaited<ReturnType<typeof startBareGuide>>;
  const wire = new Wire();
  const recorder = new Recorder({ onChange: (message) => wire.add(message) });
  before(async () => {
    [browser, test, signer] = await Promise.all([
      sharedBrowser(),
      startTestTenant(),
      startSigner('https://appointments.example/api'),
    ]);
    running = await startBareGuide({
      wire,
      tenant: test.tenant,
      places: { issuer: signer.issuer, api: 'http://localhost:4002' },
    });
    await playLogin(recorder, signer);
    test.tenant.events.emit({
      type: 'token refused',
      client_id: 'x',
      grant_type: 'authorization_code',
      error: 'invalid_grant',
      reason: 'The code was used before',
    });
  });
  after(async () => {
    await running?.close();
    await test?.close();
    await signer?.close();
  });

  const withPage = (options: BrowserContextOptions, work: (page: Page) => Promise<void>) =>
    withPageOf(browser, options, async (page) => {
      const errors = errorsOf(page);
      await work(page);
      expect(errors).to.deep.equal([]);
    });
  const at = (path: string) => running.origin + path;
  async function pick(page: Page, name: string): Promise<void> {
    await page.goto(at('/tokens'));
    await page.locator(`button[aria-label^="Look at the ${name}"]`).last().click();
    await page.waitForSelector('#result');
  }

  /** What each page shows at 320 pixels, for the tests of both colour schemes. */
  let looks: Promise<Look[]> | undefined;
  const looked = () => {
    looks ??= lookAtAll();
    return looks;
  };
  async function lookAtAll(): Promise<Look[]> {
    const found: Look[] = [];
    await withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
      const look = async (name: string) => {
        for (const colorScheme of SCHEMES) {
          await page.emulateMedia({ colorScheme });
          const axe = await axeFinds(page, { otherColours: colorScheme === 'dark' });
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          found.push({ name, colorScheme, axe, width });
        }
      };
      await page.goto(at('/tenant'));
      await look('tenant');
      await page.goto(at('/tenant?show=refusals'));
      await look('refusals');
      await page.goto(at('/tokens'));
      await look('tokens');
      await pick(page, 'access_token');
      await look('an access token');
      await pick(page, 'refresh_token');
      await look('a refresh token');
    });
    return found;
  }

  for (const colorScheme of SCHEMES)
    it(`has nothing that axe finds wrong, ${colorScheme}, and fits 320 pixels`, async () => {
      const found = (await looked()).filter((one) => one.colorScheme === colorScheme);
      expect(found).to.have.length(5);
      for (const { name, axe, width } of found) {
        expect(axe, name).to.deep.equal([]);
        expect(width, `${name}: width`).to.be.at.most(320);
      }
    });

  it('shows what the tenant decides, and a save, without a reload; HTML in it remains text', () =>
    withPage({}, async (page) => {
      await page.goto(at('/tenant?show=refusals'));
      while (running.guide.hub.pages === 0) await new Promise(setImmediate);
      test.tenant.events.emit({ type: 'login ok', client_id: 'x', user_id: 'u', connection: 'c' });
      test.tenant.events.emit({ type: 'server error', reason: EVIL });
      await page.locator('#log .event', { hasText: 'server error' }).waitFor();
      const rows = await page.locator('#log .event').allTextContents();
      expect(rows[0]).to.include(EVIL);
      expect(rows.join('\n')).to.not.include('login ok');
      fs.writeFileSync(
        `${test.folder}/tenant.yaml`,
        YAML.replace('name: Web', 'name: Web\n    callback: []'),
      );
      await test.tenant.reload();
      await page.locator('.problems').waitFor();
      fs.writeFileSync(
        `${test.folder}/tenant.yaml`,
        YAML.replace('See your appointments', JSON.stringify(EVIL)),
      );
      await test.tenant.reload();
      await page.locator('.problems').waitFor({ state: 'detached' });
      expect(await page.textContent('.thing')).to.include(EVIL);
      expect(await page.locator('.evil, img[src=x]').count()).to.equal(0);
    }));

  it('lists a new token by itself, and keeps the focus where it was', () =>
    withPage({}, async (page) => {
      await page.goto(at('/tokens'));
      const buttons = page.locator('#seen button');
      const before = await buttons.count();
      await buttons.last().focus();
      const focused = await buttons.last().getAttribute('id');
      while (running.guide.hub.pages === 0) await new Promise(setImmediate);
      await playLogin(recorder, signer, { name: 'two' });
      await page.waitForFunction((count) => document.querySelectorAll('#seen button').length > count, before);
      expect(await page.evaluate(() => document.activeElement?.id)).to.equal(focused);
    }));

  it('needs no mouse: paste, look, read on, pick another', () =>
    withPage({}, async (page) => {
      await page.goto(at('/tokens'));
      for (let i = 0; i < 12; i++) {
        await page.keyboard.press('Tab');
        if ((await page.evaluate(() => document.activeElement?.id)) === 'token') break;
      }
      await page.keyboard.insertText(`Bearer ${await signer.sign({ exp: 1 })}`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.waitForSelector('#result');
      expect(page.url(), 'no token in the address').to.equal(at('/tokens'));
      expect(await page.textContent('#result'))
        .to.include('expired')
        .and.include('the scheme, Bearer');
      expect(await page.evaluate(() => document.activeElement?.id)).to.equal('result');
      // The next stop is what stands in the result, not the page's begin.
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal('SUMMARY');
      await page.locator('#seen button').first().focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => !document.querySelector('#result')?.textContent?.includes('expired'));
    }));

  it('works without a script', () =>
    withPage({ javaScriptEnabled: false }, async (page) => {
      await pick(page, 'id_token');
      expect(await page.textContent('#result')).to.include('This is an ID token');
      await page.fill('#token', 'q2Zr8vT0aN1xY7bK4mE6wL9cP3sD5fGh');
      await page.click('button:has-text("Analyze the token")');
      expect(await page.textContent('#result')).to.include('an opaque token');
      await page.goto(at('/tenant'));
      await page.click('text=Refusals only');
      expect(await page.locator('#log .event').count()).to.be.above(0);
    }));
});
