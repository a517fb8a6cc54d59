import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { commandContext, runInContext } from '../../shared/lib/command-context';
import { workFolder } from '../../shared/lib/places';
import { storeSettings } from '../../shared/workshop/store-settings';
import { API, ISSUER } from '../shell/party-commands';
import { inProcess } from '../support/in-process';

describe('the settings of an app with a store', () => {
  fs.mkdirSync(workFolder(), { recursive: true });
  // In the repository: the app finds its packages.
  const work = fs.mkdtempSync(path.join(workFolder(), 'store-settings-'));
  after(() => fs.rmSync(work, { recursive: true, force: true }));
  const file = path.join(work, 'env');
  const settings = (inFile: string, env: Record<string, string> = {}) => {
    fs.writeFileSync(file, inFile);
    return runInContext({ ...commandContext(), env: { WORKSHOP_DIR: work, ...env } }, async () =>
      storeSettings(file),
    );
  };
  const inWork = `file:${path.join(work, 'store', 'app.db')}`;
  const keys = 'ab'.repeat(32);

  it('are a file and a key of the work folder, the same at each start', async () => {
    const first = await settings('');
    expect(first).to.deep.equal({ STORE_URL: inWork, STORE_KEYS: first.STORE_KEYS });
    expect(first.STORE_KEYS).to.match(/^[0-9a-f]{64}$/);
    expect(await settings('')).to.deep.equal(first);
    if (process.platform !== 'win32')
      expect(fs.statSync(path.join(work, 'store-keys')).mode & 0o777).to.equal(0o600);
  });

  it('are those of the environment, then of .env; REDIS_URL counts where no STORE_URL is set', async () => {
    const redis = 'redis://localhost:6379';
    const url = async (...args: Parameters<typeof settings>) => (await settings(...args)).STORE_URL;
    expect(await url(`REDIS_URL=${redis}\n`)).to.equal(redis);
    expect(await url(`REDIS_URL=${redis}\n`, { REDIS_URL: 'rediss://other' })).to.equal('rediss://other');
    expect(await url(`REDIS_URL=${redis}\nSTORE_URL=memory:\n`)).to.equal('memory:');
    expect(await url('STORE_URL=memory:\n', { STORE_URL: 'file:x', REDIS_URL: redis })).to.equal('file:x');
    const all = await settings(`STORE_KEYS=${keys}\nLOCK_SECONDS=4\nCLIENT_ID=x\n`, {
      LOCK_SECONDS: '5',
      SESSION_IDLE_SECONDS: '60',
      TRUST_PROXY: '',
    });
    expect(all).to.deep.equal({
      STORE_URL: inWork,
      STORE_KEYS: keys,
      LOCK_SECONDS: '5',
      SESSION_IDLE_SECONDS: '60',
    });
  });

  it('are those of npm run -s app, which starts the finished app of step 07 with its store', async () => {
    fs.writeFileSync(file, '');
    const env = {
      WORKSHOP_DIR: work,
      ISSUER_BASE_URL: ISSUER,
      CLIENT_ID: 'x',
      CLIENT_SECRET: 'x',
      API_URL: ISSUER,
      AUDIENCE: API.AUDIENCE,
    };
    const app = inProcess('shared/workshop/app.ts', ['7', '--port', '0', '--env', file], { env });
    try {
      const { BASE_URL } = await app.ready();
      expect((await fetch(BASE_URL ?? '')).status).to.equal(200);
      expect(fs.existsSync(inWork.slice('file:'.length)), 'the file of the store').to.equal(true);
    } finally {
      await app.stop();
    }
  });
});
