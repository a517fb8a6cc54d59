import { expect } from 'chai';
import { createClient } from 'redis';
import { patientBrowser } from '../support/patient-browser';
import { startRedis, type TestRedis } from '../support/redis';
import { ANN } from '../support/workshop';
import { RunningWorkshop } from './guide';

describe('npm start with REDIS_URL', () => {
  const workshop = new RunningWorkshop('redis');
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    await workshop.close();
    await redis.close();
  });

  it('stores the sessions of both processes there, and the login survives a restart of both', async () => {
    await workshop.open({ REDIS_URL: redis.url }, '--step', '07');
    const browser = patientBrowser();
    const visit = () => browser.get(`${workshop.app}/appointments`);
    await browser.logIn(await browser.get(`${workshop.app}/login`), ANN);
    await workshop.post('/app/restart');
    for (const _ of [1, 2]) expect((await visit()).url.href).to.equal(`${workshop.app}/appointments`);
    const client = await createClient({ url: redis.url }).connect();
    const keys = await client.dbSize();
    client.destroy();
    expect(keys, 'keys in Redis').to.be.above(0);
    // Messages of the app, as learners see them: nobody logged in a second time.
    const wire = (await workshop.get('/wire')).body;
    expect(wire.split('>GET</b> /login').length - 1).to.equal(1);
    browser.close();
  });
});
