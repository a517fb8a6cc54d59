import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { advanceClock } from '../../shared/app-runner/advance-clock';
import { startApp } from '../../shared/app-runner/start-app';
import { Clock } from '../../shared/checks/clock';
import { TestEnvironment } from '../../shared/checks/test-environment';
import { allowShiftedClocks, withClock } from '../../shared/faults/clock';
import { materialise, workFolder } from '../../shared/steps/layers';

const HOUR = 3_600_000;
/** Milliseconds that this file may take: far less than an hour. */
const WHILE = 600_000;

const isAhead = (time: number) => time > Date.now() + HOUR - WHILE;

describe('a clock that is turned on', () => {
  before(allowShiftedClocks);

  it('tells the later time to what is done within it, also after waiting, and to nothing else', async () => {
    const [turned, other] = [new Clock(), new Clock()];
    turned.turn(HOUR);
    const told = await turned.run(async () => {
      await new Promise(setImmediate);
      return [Date.now(), Date.parse(new Date().toISOString()), Date.parse(Date()), new Date(5).getTime()];
    });
    expect(told.slice(0, 3).map(isAhead)).to.deep.equal([true, true, true]);
    expect(told[3]).to.equal(5);
    expect(withClock(3600, () => turned.run(() => Date.now())) - turned.now()).to.be.closeTo(HOUR, WHILE);
    expect(isAhead(turned.now())).to.equal(true);
    expect(
      [Date.now(), Date.parse(new Date().toISOString()), other.now(), other.run(() => Date.now())].some(
        isAhead,
      ),
    ).to.equal(false);
    expect(new Date()).to.be.instanceOf(Date).and.have.property('constructor', Date);
  });

  it('is turned in an app that the workshop started, whose timers go on as before', async () => {
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

  it('lets an access token expire at tenant, API and app without waiting, and shows it in the record', async () => {
    const folder = fs.mkdtempSync(path.join(workFolder(), 'clock-'));
    materialise(4, folder);
    const bench = new TestEnvironment({ step: 4, appFolder: folder });
    try {
      await bench.open();
      const browser = bench.browser();
      await bench.logIn(browser);
      const refreshes = () =>
        bench.recorder
          .between('app', 'tenant', '/oauth/token')
          .filter(({ requestBody }) => requestBody.includes('grant_type=refresh_token'));
      expect((await browser.get(`${bench.app}/appointments`)).status).to.equal(200);
      expect(refreshes()).to.deep.equal([]);
      const start = Date.now();
      await bench.pass(2 * HOUR);
      expect((await browser.get(`${bench.app}/appointments`)).status).to.equal(200);
      expect(Date.now() - start).to.be.below(HOUR);
      const [refresh] = refreshes();
      expect(isAhead(refresh?.at ?? 0)).to.equal(true);
      expect(refresh?.ms).to.be.below(WHILE);
      const { access_token } = JSON.parse(refresh?.responseBody ?? '{}');
      const [, payload = ''] = String(access_token).split('.');
      const { iat } = JSON.parse(Buffer.from(payload, 'base64url').toString());
      expect(isAhead(iat * 1000)).to.equal(true);
    } finally {
      await bench.close();
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
});
