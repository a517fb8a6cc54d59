import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { readEnvFile as readSettingsFile } from '../../shared/lib/settings';
import { addMissing } from '../../shared/workshop/env-file';
import { Learner } from './shell';

describe('a folder where a file belongs', function () {
  this.timeout(120_000);
  const learner = new Learner('folder');
  before(async () => {
    expect((await learner.run('start', '2')).code).to.equal(0);
  });
  after(() => learner.remove());

  /** Does something while a folder stands at a path, and puts the file back after it. */
  async function withFolder(file: string, work: () => Promise<void>): Promise<void> {
    const aside = `${file}.aside`;
    const there = fs.existsSync(file);
    if (there) fs.renameSync(file, aside);
    fs.mkdirSync(file);
    try {
      await work();
    } finally {
      fs.rmdirSync(file);
      if (there) fs.renameSync(aside, file);
    }
  }
  const ADVICE =
    'is a folder, and a file belongs there. Rename the folder, or remove it, then run the command again.';

  for (const [name, ...commands] of [
    ['progress.yaml', ['start', '3'], ['hint', '2.1']],
    ['busy', ['start', '3'], ['reset']],
  ] as const)
    it(`is reported with its path, and what to do: .my-app/${name}`, async () => {
      const file = path.join(learner.stateFolder, name);
      await withFolder(file, async () => {
        for (const command of commands) {
          const { code, stderr } = await learner.run(...command);
          expect({ code, stderr }, command.join(' ')).to.deep.equal({
            code: 2,
            stderr: `${file} ${ADVICE}\n`,
          });
        }
      });
    });

  it('is reported by status, too', async () => {
    await withFolder(path.join(learner.stateFolder, 'progress.yaml'), async () => {
      const { stdout } = await learner.run('status');
      expect(stdout).to.match(/^you {2}its progress\.yaml is a folder instead of a file; rename/);
    });
  });

  it('is reported by a check of tenant.yaml', async () => {
    const file = path.join(learner.app, 'tenant.yaml');
    await withFolder(file, async () => {
      const { code, stderr } = await learner.run('check');
      expect({ code, stderr }).to.deep.equal({ code: 2, stderr: `${file} ${ADVICE}\n` });
    });
  });

  it('is reported by whoever reads .env', async () => {
    const file = path.join(learner.home, '.env');
    await withFolder(file, async () => {
      for (const read of [() => readSettingsFile(file), () => addMissing(file, { A: 'b' })])
        expect(read).to.throw(`${file} ${ADVICE}`);
    });
  });
});
