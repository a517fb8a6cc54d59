import fs from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { findStep } from '../../shared/steps/layers';
import { applyEdit } from '../../shared/steps/mistakes';
import { appFolders } from '../support/check';
import { command } from '../support/command';
import { Lane } from '../support/lane';
import { quietTime } from '../support/quiet-time';
import { atStart, type Case, inLogin, isReportedWithFileAndLine } from './misbehaves';

const WAITS: Case = {
  title: 'waits for the system before it listens, and cannot say where',
  edits: [
    atStart(
      "require('node:child_process').execFileSync('mkfifo', ['pipe']); require('node:fs').readFileSync('pipe');",
    ),
  ],
  diagnosis: 'app-hangs',
  says: /listens nowhere$/,
};

// Windows has no pipe that a file system names, and ends a process by a signal without asking it.
describe('an app that misbehaves, where there are pipes and signals', () => {
  const folders = appFolders();
  const lane = new Lane(findStep('2'), 'misbehaving-posix');
  after(async () => {
    folders.remove();
    await lane.close();
  });

  it(`is reported with its file and line: it ${WAITS.title}`, () => isReportedWithFileAndLine(lane, WAITS));

  it('is ended with the check by Ctrl-C, at once, even while it runs an infinite loop', async () => {
    const folder = folders.make(2);
    const pid = path.join(folder, 'pid');
    const circle = `require('node:fs').writeFileSync(${JSON.stringify(pid)}, String(process.pid)); for (;;);`;
    applyEdit(folder, inLogin(circle), 'circle');
    const run = command('shared/workshop/main.ts', ['check', '2', '--app', folder]);
    try {
      while (!fs.existsSync(pid) || fs.readFileSync(pid, 'utf8') === '') await setImmediate();
      const app = Number(fs.readFileSync(pid, 'utf8'));
      const took = await quietTime(async () => expect(await run.stop('SIGINT')).to.equal(130));
      expect(took).to.be.below(1000);
      while (isAlive(app)) await setImmediate();
    } finally {
      await run.stop('SIGKILL');
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
