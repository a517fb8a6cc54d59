import { expect } from 'chai';
import type { Page as ChromiumPage } from 'playwright-core';
import { Browser, forms, type Page } from '../../shared/browser';
import { sharedBrowser } from '../support/browser';
import { type Driver, hosts } from './trial';
import { TrialServer } from './trial-server';
import { TRIALS } from './twenty-pages';

/** Milliseconds: starting Chromium on a busy machine takes its time. */
const PATIENCE = 180_000;

/** Drives Chromium. */
function inChromium(page: ChromiumPage): Driver {
  const arrival = (work: Promise<unknown>) => Promise.all([page.waitForEvent('load'), work]).then(() => {});
  return {
    open: (url) => arrival(page.goto(url)),
    click: (id) => arrival(page.locator(`#${id}`).evaluate((element) => (element as HTMLElement).click())),
    enter: (id) => arrival(page.press(`#${id}`, 'Enter')),
    fill: (id, value) => page.fill(`#${id}`, value),
  };
}

/** Drives the browser of the checks. */
function inOurs(browser: Browser): Driver {
  let page: Page | undefined;
  const values: Record<string, string> = {};
  const here = () => {
    if (!page) throw new Error('no page is open');
    return page;
  };
  const has = (id: string) => new RegExp(`id="${id}" name="([^"]*)"`).exec(here().body)?.[1];
  return {
    async open(url) {
      page = await browser.get(url);
    },
    async click(id) {
      for (const form of forms(here())) {
        const button = form.buttons.find((one) => one.id === id);
        if (!button) continue;
        page = await browser.submit(here(), form, values, { button });
        return;
      }
      page = await browser.click(here(), `#${id}`);
    },
    async enter() {
      const [form] = forms(here());
      if (form) page = await browser.submit(here(), form, values);
    },
    async fill(id, value) {
      values[has(id) ?? id] = value;
    },
  };
}

describe('the browser of the checks sends what Chromium sends', function () {
  this.timeout(PATIENCE);
  let server: TrialServer;
  before(async () => {
    server = await TrialServer.start();
    await sharedBrowser();
  });
  after(() => server.close());

  for (const trial of TRIALS)
    it(trial.title, async () => {
      const at = hosts(server.port);
      const context = await (await sharedBrowser()).newContext();
      const browser = new Browser();
      try {
        const chromium = inChromium(await context.newPage());
        const wanted = await server.during(trial, () => trial.drive(chromium, at));
        const sent = await server.during(trial, () => trial.drive(inOurs(browser), at));
        expect(sent.join('\n')).to.equal(wanted.join('\n'));
        expect(wanted).to.not.have.length(0);
      } finally {
        browser.close();
        await context.close();
      }
    });
});
