import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { startApp } from '../../shared/app-runner/start-app';
import { workFolder } from '../../shared/steps/layers';

/** Milliseconds until the app must listen, and for which its process gets no processor time: longer than the app is asked where it is. */
const [PATIENCE, STOPPED] = [3000, 5000];

// A process that is stopped is a process that the machine has no time for.
describe('an app on a machine that leaves it no time', () => {
  let folder: string;
  before(() => {
    fs.mkdirSync(workFolder(), { recursive: true });
    folder = fs.mkdtempSync(path.join(workFolder(), 'starved-'));
  });
  after(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('is not reported as a hang: it is asked again, and listens when it has had its time', async () => {
    fs.writeFileSync(
      path.join(folder, 'server.ts'),
      `setTimeout(() => {
        require('node:fs').writeFileSync('pid', String(process.pid));
        process.kill(process.pid, 'SIGSTOP');
        require('node:http').createServer().listen(process.env.PORT, '127.0.0.1');
      }, 300);`,
    );
    const starting = startApp(folder, { env: {}, patience: PATIENCE });
    const pid = () => Number(textOf(path.join(folder, 'pid')));
    let over = false;
    starting
      .catch(() => {})
      .finally(() => {
        over = true;
      });
    while (pid() === 0 && !over) await delay(20);
    await delay(STOPPED);
    process.kill(pid(), 'SIGCONT');
    const app = await starting;
    expect(app.child.pid).to.equal(pid());
    await app.close();
  });
});

function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
