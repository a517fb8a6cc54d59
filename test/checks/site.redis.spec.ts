import { expect } from 'chai';
import { createClient } from 'redis';
import type { RunResult } from '../../shared/checks/run';
import { appFolders } from '../support/check';
import { inProcess } from '../support/in-process';
import { startRedis, type TestRedis } from '../support/redis';

describe('the checks of step 07 with a Redis', function () {
  this.timeout(60_000);
  const folders = appFolders();
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    folders.remove();
    await redis.close();
  });

  const check = async (...args: string[]) => {
    const env = { REDIS_URL: redis.url };
    const running = inProcess('shared/workshop/main.ts', ['check', '7', '--no-earlier', ...args], { env });
    return running.ended;
  };

  it('all apply, also the one that lets it go away, and leave nothing in it', async () => {
    const client = createClient({ url: redis.url });
    await client.connect();
    try {
      await client.set('app:of-another-program', 'not ours');
      const { stdout, code } = await check('--json', '--app', folders.make(7));
      const result: RunResult = JSON.parse(stdout);
      const open = result.checks.filter(({ passed }) => !passed);
      expect(open.map(({ id, notApplicable }) => [id, notApplicable])).to.deep.equal([
        ['7.bound-to-session', 'only the records of the embedded store can be copied'],
        ['7.idle-end', 'Redis ends the sessions by its own clock, which no check can advance'],
      ]);
      expect(result.checks.map(({ id }) => id)).to.include('7.store-away');
      expect(code).to.equal(0);
      expect(await client.keys('*')).to.deep.equal(['app:of-another-program']);
    } finally {
      client.destroy();
    }
  });

  it('refuse an address that is not of a Redis without TLS', async () => {
    const running = inProcess(
      'shared/workshop/main.ts',
      ['check', '7', '--no-earlier', '--app', folders.make(7)],
      {
        env: { REDIS_URL: 'rediss://localhost:6379' },
      },
    );
    const { stderr, code } = await running.ended;
    expect(stderr).to.include('REDIS_URL must be an address such as redis://localhost:6379');
    expect(code).to.be.greaterThan(0);
  });
});
