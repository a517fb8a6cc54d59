import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { sharedBrowser } from '../support/browser';
import { axeFinds, withPage as withPageOf } from '../support/pages';
import { ANN, type Running, runStep } from '../support/workshop';

describe('the pages in a real browser', function () {
  this.timeout(180_000);
  let running: Running;
  let browser: Browser;
  before(async () => {
    [running, browser] = await Promise.all([runStep(4), sharedBrowser()]);
  });
  after(async () => {
    await running?.close();
  });

  const withPage = (options: BrowserContextOptions, work: (page: Page) => Promise<void>) =>
    withPageOf(browser, options, work);

  /** Every page that a person meets between the start page and the appointments, and what a page must be like. */
  async function walk(page: Page, look: (name: string) => Promise<void>): Promise<void> {
    const { app, tenant } = running;
    await page.goto(`${app.origin}/`);
    await look('home');
    await page.goto(`${app.origin}/login?returnTo=/appointments`);
    await look('login');
    await page.fill('#email', ANN.email);
    await page.fill('#password', 'wrong');
    await page.click('button.primary');
    await page.waitForSelector('[role=alert]');
    await look('wrong password');
    await page.fill('#password', ANN.password);
    await page.click('button.primary');
    await page.waitForURL(/\/(u\/consent|appointments)/);
    if (page.url().includes('/u/consent')) {
      await look('consent');
      await page.click('button[value=accept]');
    }
    await page.waitForURL('**/appointments');
    await look('appointments');
    for (const path of ['/profile', '/tokens', '/logout', '/nothing']) {
      await page.goto(app.origin + path);
      await look(path);
    }
    const mismatch = new URLSearchParams({
      client_id: 'DayPlanner',
      redirect_uri: 'http://127.0.0.1:3000/callback',
      response_type: 'code',
      scope: 'openid',
    });
    for (const path of ['/', `/authorize?${mismatch}`, '/oidc/logout', '/nothing', '/u/login/none']) {
      await page.goto(tenant.origin + path);
      await look(`tenant ${path}`);
    }
  }

  /** What is seen on the narrow way without scripts, for several tests. */
  let narrow: Promise<{ seen: Map<string, number>; bodies: string[] }> | undefined;
  const narrowWalk = () => {
    narrow ??= walkNarrow();
    return narrow;
  };
  async function walkNarrow(): Promise<{ seen: Map<string, number>; bodies: string[] }> {
    const seen = new Map<string, number>();
    const bodies: Promise<string>[] = [];
    await withPage({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } }, async (page) => {
      // A redirect has no body.
      page.on('response', (response) => bodies.push(response.text().catch(() => '')));
      await walk(page, async (name) => {
        seen.set(name, await page.locator('html').evaluate((html) => html.scrollWidth));
      });
    });
    return { seen, bodies: await Promise.all(bodies) };
  }

  it('lead through login and consent to the appointments, without JavaScript and at 320 pixels', async () => {
    const { seen } = await narrowWalk();
    expect([...seen.keys()]).to.include.members(['consent', 'appointments']);
    for (const [name, width] of seen) expect(width, `${name} scrolls sideways`).to.be.at.most(320);
  });

  it('axe finds nothing on the pages of the app, in light and in dark', () =>
    // The tenant's own pages are looked at in every state by test/tenant/pages.browser.spec.ts.
    withPage({ bypassCSP: true }, (page) =>
      walk(page, async (name) => {
        if (new URL(page.url()).origin !== running.app.origin) return;
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          const otherColours = colorScheme === 'dark';
          expect(await axeFinds(page, { otherColours }), `${name}, ${colorScheme}`).to.deep.equal([]);
        }
      }),
    ));

  it('can be used with the keyboard alone', () =>
    withPage({}, async (page) => {
      await page.goto(`${running.app.origin}/login?returnTo=/appointments`);
      // The page takes the focus there by itself.
      await page.waitForFunction("document.activeElement?.id === 'email'");
      await page.keyboard.type(ANN.email);
      await page.keyboard.press('Tab');
      await page.keyboard.type(ANN.password);
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).to.equal('Log in');
      await page.keyboard.press('Enter');
      await page.waitForURL('**/appointments');
      expect(await page.textContent('h1')).to.equal('Your appointments');
    }));

  it('carry no token and no script', async () => {
    const { bodies } = await narrowWalk();
    expect(bodies.filter((body) => body.includes('</html>')).length).to.be.above(10);
    expect(bodies.some((body) => /eyJ[\w-]{10,}\./.test(body))).to.equal(false);
    expect(bodies.some((body) => /<script/i.test(body))).to.equal(false);
  });
});
