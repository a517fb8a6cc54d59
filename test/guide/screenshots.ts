import fs from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { runMain } from '../../shared/lib/user-error';
import { findStep, ROOT, readApp } from '../../shared/steps/layers';
import { launchBrowser } from '../support/browser';
import { withPage } from '../support/pages';
import { ANN } from '../support/workshop';
import { RunningWorkshop } from './guide';

const FOLDER = path.join(ROOT, 'docs/images');
const WIDE = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 };
const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 1.5,
  hasTouch: true,
  isMobile: true,
};
/** Of WebP; text remains sharp. */
const QUALITY = 80;

/** The pictures of the README, from the real guide, with a real login: `node -r ./shared/lib/register.js test/guide/screenshots.ts`. */
runMain(async () => {
  fs.mkdirSync(FOLDER, { recursive: true });
  const workshop = new RunningWorkshop('screenshots');
  const browser = await launchBrowser();
  try {
    await workshop.open();
    await theTenant(browser, workshop);
    await theInspector(browser, workshop);
    await theLesson(browser, workshop);
  } finally {
    await browser.close();
    await workshop.close();
  }
});

const theTenant = (browser: Browser, { app }: RunningWorkshop) =>
  shoot(browser, 'tenant-log-in', { ...WIDE, viewport: { width: 960, height: 720 } }, async (page) => {
    await page.goto(`${app}/login`);
    await page.getByLabel('E-mail address').fill(ANN.email);
  });

const theInspector = (browser: Browser, workshop: RunningWorkshop) =>
  shoot(browser, 'wire', { ...WIDE, colorScheme: 'dark' }, async (page) => {
    // With no my-app the app is the finished one.
    await logIn(workshop, '/appointments');
    await page.goto(`${workshop.origin}/wire?login=last`);
    await page.getByRole('link', { name: /POST \/oauth\/token/ }).click();
    await page.getByRole('heading', { name: 'Token request' }).waitFor();
  });

/** Step 02 with one task open, after a login. */
async function theLesson(browser: Browser, workshop: RunningWorkshop): Promise<void> {
  const { learner, origin } = workshop;
  await withPage(browser, {}, async (page) => {
    await page.goto(`${origin}/steps/2`);
    await page.getByRole('button', { name: 'Start this step' }).click();
    await page.getByText('now has the files of this step').waitFor();
  });
  const open = findStep('2').tasks.at(-1);
  for (const [file, text] of readApp(2, { starter: ({ task }) => task === open?.id }))
    learner.write(file, text);
  const checked = (page: Page) => page.getByText('2 of 5 tasks are right').waitFor();
  await shoot(browser, 'lesson', WIDE, async (page) => {
    await page.goto(`${origin}/steps/2`);
    await checked(page);
    await logIn(workshop, '/profile');
    await page.getByRole('link', { name: 'POST /oauth/token' }).waitFor();
    await page.getByRole('link', { name: `${open?.id} ${open?.title}` }).click();
    // A learner's my-app/ lies in the repository itself.
    await page.getByText(/^\.workshop\//).evaluateAll((places) => {
      for (const one of places) one.textContent = one.textContent?.replace(/^.*(?=my-app\/)/, '') ?? '';
    });
  });
  await shoot(browser, 'phone', PHONE, async (page) => {
    await page.goto(`${origin}/steps/2`);
    await page.getByRole('link', { name: 'Tasks', exact: true }).click();
    await checked(page);
  });
}

async function logIn({ browser, app }: RunningWorkshop, returnTo: string): Promise<void> {
  await browser.logIn(await browser.get(`${app}/login?${new URLSearchParams({ returnTo })}`), ANN);
}

async function shoot(
  browser: Browser,
  name: string,
  options: BrowserContextOptions,
  prepare: (page: Page) => Promise<void>,
): Promise<void> {
  await withPage(browser, { reducedMotion: 'reduce', ...options }, async (page) => {
    await prepare(page);
    // The pointer lies on nothing.
    await page.mouse.move(0, 0);
    const devtools = await page.context().newCDPSession(page);
    const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
    const file = path.join(FOLDER, `${name}.webp`);
    fs.writeFileSync(file, Buffer.from(data, 'base64'));
    process.stdout.write(`${path.relative(ROOT, file)}  ${Math.ceil(fs.statSync(file).size / 1000)} kB\n`);
  });
}
