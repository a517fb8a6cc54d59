import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { startApp } from '../../shared/app-runner/start-app';
import { Browser } from '../../shared/browser';
import { materialiseAlternative } from '../../shared/steps/alternatives';
import { findStep, workFolder } from '../../shared/steps/layers';
import { startFakeTenant } from '../support/fake-tenant';
import { until } from '../support/until';

/** Correct answers whose sessions are their own; those of express-openid-connect and passport are the library's. */
describe('a correct answer written in another way', function () {
  this.timeout(30_000);

  for (const [step, name] of [
    ['2', 'fetch'],
    ['4', 'one-file'],
  ] as const)
    it(`of step ${step}, ${name}: a logout while a callback is in flight ends logged out`, async () => {
      const folder = path.join(workFolder(), `accepts-later-wish-${step}-${process.pid}`);
      materialiseAlternative(findStep(step), name, folder);
      const tenant = await startFakeTenant();
      const app = await startApp(folder, {
        env: {
          ISSUER_BASE_URL: tenant.issuer,
          CLIENT_ID: 'app',
          CLIENT_SECRET: 'appSecret0',
          AUDIENCE: 'https://api.example',
          API_URL: 'http://localhost:9',
          SESSION_SECRET: 'x'.repeat(32),
        },
      });
      const browser = new Browser();
      const get = (url: string | URL) => browser.get(url, { follow: false });
      try {
        const begun = await get(`${app.origin}/login`);
        const atTenant = await get(begun.headers.location ?? '');
        const release = tenant.hold();
        const callback = get(atTenant.headers.location ?? '');
        await until(() => tenant.tokenRequests.length > 0);
        await browser.post(`${app.origin}/logout`, {}, { follow: false });
        release();
        expect((await callback).status).to.equal(400);
        expect((await get(`${app.origin}/profile`)).headers.location).to.match(/^\/login/);
        const page = await browser.get(`${app.origin}/login`);
        expect(page.status, page.url.href).to.equal(200);
        expect((await get(`${app.origin}/profile`)).status).to.equal(200);
      } finally {
        browser.close();
        await app.close();
        await tenant.close();
        fs.rmSync(folder, { recursive: true, force: true });
      }
    });
});
