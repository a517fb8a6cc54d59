import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { loginPage, securityHeaders, stylesheet } from '../../shared/tenant/pages';
import { sharedBrowser } from '../support/browser';
import { axeFinds, withPage as withPageOf } from '../support/pages';
import { HOSTILE, samplePages } from './sample-pages';

const DESK = { width: 1280, height: 720 };
const PHONE = { width: 390, height: 844 };
const NARROW = { width: 320, height: 640 };

const LONG = 'anameofahundredletters'.repeat(5);

/** Each page in each of its states, which nobody meets on one walk through a login. */
const PAGES = Object.entries(samplePages());

interface Look {
  /** What axe finds. */
  axe: Record<'light' | 'dark', string[]>;
  /** Pixels of each target. */
  heights: number[];
}

interface Hostile {
  /** Paths of all requests. */
  asked: Set<string>;
  /** Dialogs and messages of the console. */
  messages: string[];
  /** Pixels, by the name of the page. */
  widths: Map<string, number>;
}

describe('the tenant’s pages in a real browser', function () {
  this.timeout(180_000);
  let browser: Browser;
  let site: Site;
  before(async () => {
    [browser, site] = await Promise.all([sharedBrowser(), serve()]);
  });
  after(async () => {
    await site?.close();
  });

  const withPage = (options: BrowserContextOptions, work: (page: Page) => Promise<void>) =>
    withPageOf(browser, options, work);

  /** What each page shows, for several tests. */
  let looks: Promise<Map<string, Look>> | undefined;
  const looked = () => {
    looks ??= look();
    return looks;
  };
  async function look(): Promise<Map<string, Look>> {
    const found = new Map<string, Look>();
    await withPage({ bypassCSP: true, reducedMotion: 'reduce' }, async (page) => {
      await page.goto(site.show(''));
      for (const [name, html] of PAGES) {
        await page.setViewportSize(DESK);
        await page.emulateMedia({ colorScheme: 'light' });
        // Into one document, in which axe is ready: to load it into each page takes longer than to look.
        await page.setContent(html);
        const light = await axeFinds(page);
        await page.emulateMedia({ colorScheme: 'dark' });
        const dark = await axeFinds(page, { otherColours: true });
        await page.setViewportSize(PHONE);
        const targets = page.locator('button, input:not([type=hidden])');
        const heights = await targets.evaluateAll((all) =>
          all.map((one) => one.getBoundingClientRect().height),
        );
        found.set(name, { axe: { light, dark }, heights });
      }
    });
    return found;
  }

  /** The same with texts that are hostile and too long. */
  let hostile: Promise<Hostile> | undefined;
  const lookedHostile = () => {
    hostile ??= lookHostile();
    return hostile;
  };
  async function lookHostile(): Promise<Hostile> {
    const asked = new Set<string>();
    const messages: string[] = [];
    const widths = new Map<string, number>();
    await withPage({ viewport: NARROW }, async (page) => {
      page.on('request', (request) => {
        const { protocol, pathname } = new URL(request.url());
        if (protocol !== 'data:') asked.add(pathname);
      });
      page.on('dialog', async (dialog) => {
        messages.push(dialog.message());
        await dialog.dismiss();
      });
      page.on('console', (message) => messages.push(message.text()));
      for (const [name, html] of Object.entries(samplePages((text) => text + LONG + HOSTILE))) {
        await page.goto(site.show(html));
        widths.set(name, await page.evaluate(() => document.documentElement.scrollWidth));
      }
    });
    return { asked, messages, widths };
  }

  it('axe finds nothing, in light and in dark', async () => {
    const pages = await looked();
    expect(pages.size).to.equal(PAGES.length);
    for (const [name, { axe }] of pages)
      for (const [scheme, found] of Object.entries(axe))
        expect(found, `${name}, ${scheme}`).to.deep.equal([]);
  });

  it('nothing scrolls sideways at 320 pixels, whatever the texts', async () => {
    const { widths } = await lookedHostile();
    expect(widths.size).to.equal(PAGES.length);
    for (const [name, width] of widths) expect(width, `${name} is too wide`).to.be.at.most(NARROW.width);
  });

  it('no text becomes a script or fetches anything', async () => {
    const { asked, messages } = await lookedHostile();
    expect([...asked].sort()).to.deep.equal(['/assets/tenant.css', '/page']);
    expect(messages, 'dialogs and complaints about the policy').to.deep.equal([]);
  });

  it('the keyboard goes through a form in the order of reading, and shows where it is', () =>
    withPage({}, async (page) => {
      await page.goto(site.show(samplePages().login ?? ''));
      // The page takes the focus there by itself, some time after it has come.
      await page.waitForFunction("document.activeElement?.name === 'email'");
      const order = [await focused(page)];
      for (let i = 0; i < 3; i++) {
        await page.keyboard.press('Tab');
        order.push(await focused(page));
      }
      expect(order.map(({ name }) => name)).to.deep.equal(['email', 'password', 'Log in', 'Cancel']);
      for (const { name, outline } of order) expect(outline, `the outline of ${name}`).to.equal('solid');
    }));

  it('every target is at least 44 pixels high', async () => {
    const heights = [...(await looked())].flatMap(([name, { heights: all }]) =>
      all.map((height) => ({ name, height })),
    );
    expect(heights).to.not.deep.equal([]);
    for (const { name, height } of heights) expect(height, name).to.be.at.least(44);
  });

  it('nothing moves for a person who asked for less motion', () =>
    withPage({ reducedMotion: 'reduce' }, async (page) => {
      await page.goto(site.show(samplePages().login ?? ''));
      const moving = await page.evaluate(
        'getComputedStyle(document.querySelector("button")).transitionDuration',
      );
      expect(moving).to.equal('0s');
    }));

  describe('the answer to a form', () => {
    const login = (app: string) =>
      loginPage({
        action: '/answer',
        application: 'Call Your API',
        callbackOrigin: app,
        tenantOrigin: 'http://localhost:4001',
      });

    it('may lead to the application that is named', () =>
      withPage({}, async (page) => {
        await page.goto(site.show(login(site.app), [`${site.app}/callback`]));
        await page.click('[value=cancel]');
        await page.waitForURL(`${site.app}/callback`);
      }));

    it('leads nowhere else', () =>
      withPage({}, async (page) => {
        const complaint = page.waitForEvent('console', (message) => /form-action/.test(message.text()));
        const at = site.show(login(site.app), []);
        await page.goto(at);
        await page.click('[value=cancel]');
        await complaint;
        expect(page.url()).to.equal(at);
      }));
  });
});

/** What has the keyboard's attention. */
function focused(page: Page): Promise<{ name: string; outline: string }> {
  return page.evaluate(`{
    const { activeElement: at } = document;
    ({ name: at.name && at.name !== 'decision' ? at.name : at.textContent, outline: getComputedStyle(at).outlineStyle });
  }`);
}

interface Site {
  /** Another origin, to which the answer to a form leads. */
  app: string;
  /** The address at which a page is now shown, with its headers. */
  show(html: string, formTargets?: string[]): string;
  close(): Promise<void>;
}

async function serve(): Promise<Site> {
  let shown = { html: '', formTargets: [] as string[] };
  const app = await listen((_req, res) => res.end('the application'));
  const tenant = await listen((req, res) => {
    if (req.url === '/assets/tenant.css') return res.setHeader('content-type', 'text/css').end(stylesheet);
    if (req.url === '/answer') return res.writeHead(303, { location: `${app.origin}/callback` }).end();
    for (const [name, value] of Object.entries(securityHeaders(shown.formTargets)))
      res.setHeader(name, value);
    res.setHeader('content-type', 'text/html; charset=utf-8').end(shown.html);
  });
  return {
    app: app.origin,
    show: (html, formTargets = []) => {
      shown = { html, formTargets };
      return `${tenant.origin}/page`;
    },
    close: async () => {
      await Promise.all([tenant.close(), app.close()]);
    },
  };
}

async function listen(handler: http.RequestListener): Promise<{ origin: string; close(): Promise<void> }> {
  const server = http.createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
