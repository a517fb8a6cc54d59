import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { startApi } from '../../shared/api';
import { type AppProcess, startApp } from '../../shared/app-runner/start-app';
import { listSteps, materialise, workFolder } from '../../shared/steps/layers';
import { sharedBrowser } from '../support/browser';
import { AUDIENCE, CALLBACK } from '../support/client';
import { axeFinds, withPage } from '../support/pages';
import { CONNECTIONS, GINA, NORA, startWorld, type World } from '../support/providers';
import { YAML } from '../support/tenant';

describe('connections in a real browser', function () {
  this.timeout(180_000);
  let browser: Browser;
  let world: World;
  let app: AppProcess;
  const closing: (() => Promise<void>)[] = [];
  before(async () => {
    [browser, world] = await Promise.all([sharedBrowser(), startWorld()]);
    closing.push(world.close);
    const api = await startApi({ issuer: new URL(world.tenant.issuer), audience: AUDIENCE });
    closing.push(api.close);
    // The finished app as it is: it knows nothing of connections.
    const folder = path.join(workFolder(), 'apps', `connections-${process.pid}`);
    closing.push(async () => fs.rmSync(folder, { recursive: true, force: true }));
    materialise(listSteps().find(({ id }) => id.startsWith('04'))?.number ?? 4, folder);
    app = await startApp(folder, {
      port: 0,
      env: { ...world.tenant.settings(), AUDIENCE, API_URL: api.origin, SESSION_SECRET: 'x'.repeat(40) },
    });
    closing.push(app.close);
    await world.configure(CONNECTIONS, YAML.replaceAll(CALLBACK, `${app.origin}/callback`));
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  const logIn = async (
    page: Page,
    label: string,
    { email, password }: { email: string; password: string },
  ) => {
    await page.goto(`${app.origin}/login?returnTo=/profile`);
    await page.getByRole('link', { name: `Continue with ${label}` }).click();
    await page.getByRole('textbox').first().fill(email);
    await page.locator('input[type=password]').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };

  it('one logs in with a social provider, through to the app’s profile', () =>
    withPage(browser, {}, async (page) => {
      await logIn(page, 'Gaggle', GINA);
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.waitForURL(`${app.origin}/profile`);
      expect(await page.textContent('body'))
        .to.include('Gina Gander')
        .and.include(GINA.email);
    }));

  for (const javaScriptEnabled of [true, false])
    it(`one logs in with SAML, through to the app’s profile, ${javaScriptEnabled ? 'with' : 'without'} scripts`, () =>
      withPage(browser, { javaScriptEnabled }, async (page) => {
        await logIn(page, 'Larkfield Clinic', NORA);
        if (!javaScriptEnabled) await page.getByRole('button', { name: 'Go on' }).click();
        if (javaScriptEnabled) await page.getByRole('button', { name: 'Allow' }).click();
        await page.waitForURL(`${app.origin}/profile`);
        expect(await page.textContent('body'))
          .to.include('Nora Nightjar')
          .and.include(NORA.email);
      }));

  it('axe finds nothing on the providers’ pages, in light and in dark, and nothing scrolls sideways at 320 pixels', () =>
    withPage(browser, { bypassCSP: true, viewport: { width: 320, height: 640 } }, async (page) => {
      for (const label of ['Gaggle', 'Larkfield Clinic']) {
        await page.goto(`${app.origin}/login?returnTo=/profile`);
        await page.getByRole('link', { name: `Continue with ${label}` }).click();
        await page.waitForURL(/sign-in/);
        const signIn = page.url();
        for (const url of [signIn, new URL('/', signIn).href, new URL('/sign-in/none', signIn).href]) {
          await page.goto(url);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme });
            const otherColours = colorScheme === 'dark';
            expect(await axeFinds(page, { otherColours }), `${url}, ${colorScheme}`).to.deep.equal([]);
          }
          expect(await page.evaluate('document.documentElement.scrollWidth'), url).to.be.at.most(320);
        }
      }
    }));
});
