import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { advanceClock } from '../../shared/app-runner/ask-agent';
import { startApp } from '../../shared/app-runner/start-app';
import { Clock } from '../../shared/checks/clock';
import { TestEnvironment } from '../../shared/checks/test-environment';
import { allowShiftedClocks, withClock } from '../../shared/faults/clock';
import { materialise, workFolder } from '../../shared/steps/layers';

const HOUR = 3_600_000;
/** Milliseconds that this file may take: far less than an hour. */
const WHILE = 600_000;

const isAhead = (time: number) => time > Date.now() + HOUR - WHILE;

describe('a clock that is advanced', () => {
  before(allowShiftedClocks);

  it('shows the later time within its run only, also after a wait', async () => {
    const [ahead, other] = [new Clock(), new Clock()];
    ahead.advance(HOUR);
    const times = await ahead.run(async () => {
      await new Promise(setImmediate);
      return [Date.now(), Date.parse(new Date().toISOString()), Date.parse(Date()), new Date(5).getTime()];
    });
    expect(times.slice(0, 3).map(isAhead)).to.deep.equal([true, true, true]);
    expect(times[3]).to.equal(5);
    expect(withClock(3600, () => ahead.run(() => Date.now())) - ahead.now()).to.be.closeTo(HOUR, WHILE);
    expect(isAhead(ahead.now())).to.equal(true);
    expect(
      [Date.now(), Date.parse(new Date().toISOString()), other.now(), other.run(() => Date.now())].some(
        isAhead,
      ),
    ).to.equal(false);
    expect(new Date()).to.be.instanceOf(Date).and.have.property('constructor', Date);
  });

  it('is advanced in an app that the workshop started, whose timers do not change', async () => {
    const folder = fs.mkdtempSync(path.join(workFolder(), 'clock-'));
    fs.writeFileSync(
      path.join(folder, 'server.ts'),
      `let fired = false;
      setTimeout(() => { fired = true; }, ${HOUR}).unref();
      require('node:http').createServer((_: any, res: any) =>
        res.end(JSON.stringify([Date.now(), Date.parse(new Date().toISOString()), fired])),
      ).listen(process.env.PORT, '127.0.0.1');`,
    );
    const app = await startApp(folder, { env: {} });
    try {
      const ask = async () => (await fetch(`http://127.0.0.1:${app.port}/`)).json();
      expect((await ask()).slice(0, 2).map(isAhead)).to.deep.equal([false, false]);
      expect(await advanceClock(app.child, HOUR)).to.equal(true);
      expect([...(await ask()).slice(0, 2).map(isAhead), (await ask())[2]]).to.deep.equal([
        true,
        true,
        false,
      ]);
    } finally {
      await app.close();
      fs.rmSync(folder, { recursive: true, force: true });
    }
    expect(await advanceClock(app.child, HOUR)).to.equal(false);
  });

  it('lets an access token expire at tenant, API and app without a wait, and in the recording', async () => {
    const folder = fs.mkdtempSync(path.join(workFolder(), 'clock-'));
    materialise(4, folder);
    const environment = new TestEnvironment({ step: 4, appFolder: folder });
    try {
      await environment.open();
      const browser = environment.browser();
      await environment.logIn(browser);
      const refreshes = () =>
        environment.recorder
          .between('app', 'tenant', '/oauth/token')
          .filter(({ requestBody }) => requestBody.includes('grant_type=refresh_token'));
      expect((await browser.get(`${environment.app}/appointments`)).status).to.equal(200);
      expect(refreshes()).to.deep.equal([]);
      const start = Date.now();
      await environment.pass(2 * HOUR);
      expect((await browser.get(`${environment.app}/appointments`)).status).to.equal(200);
      expect(Date.now() - start).to.be.below(HOUR);
      const [refresh] = refreshes();
      expect(isAhead(refresh?.at ?? 0)).to.equal(true);
      expect(refresh?.ms).to.be.below(WHILE);
      const { access_token } = JSON.parse(refresh?.responseBody ?? '{}');
      const [, payload = ''] = String(access_token).split('.');
      const { iat } = JSON.parse(Buffer.from(payload, 'base64url').toString());
      expect(isAhead(iat * 1000)).to.equal(true);
    } finally {
      await environment.close();
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});
