import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import { REGISTER } from '../../shared/lib/places';
import { ROOT } from '../../shared/steps/layers';
import { cleanEnvironment, command, statusAt } from '../support/command';
import { until } from '../support/until';
import { API, APP, partiesAtTheShell } from './party-commands';

// On Windows a signal ends a process without asking it, and there is no pgrep.
describe('the contract at the shell, for signals', () => {
  const { app, parties } = partiesAtTheShell(command);

  for (const [name, start] of parties)
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      it(`the ${name} ends with 0 on ${signal}`, async () => {
        const party = start(['--port', '0']);
        await party.ready();
        expect(await party.stop(signal)).to.equal(0);
      });

  it('a party ends with the npm that runs it, though the shell between them passes no signal on', async () => {
    const args = ['-r', REGISTER, path.join(ROOT, 'shared/api/main.ts'), '--port', '0'];
    // As npm does; with a second command no shell puts the program in its own place.
    const shell = spawn('sh', ['-c', '"$0" "$@"; true', process.execPath, ...args], {
      env: { ...cleanEnvironment(), ...API, npm_lifecycle_event: 'api' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for await (const text of shell.stdout.setEncoding('utf8')) if (text.includes('# ready')) break;
    const pid = Number(execFileSync('pgrep', ['-P', String(shell.pid)], { encoding: 'utf8' }));
    try {
      shell.kill();
      await until(() => !isRunning(pid));
    } finally {
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    }
  });

  const isRunning = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('the app does not outlive its command, even one that is killed', async () => {
    const one = app(['--port', '0'], APP);
    const { port } = new URL((await one.ready()).BASE_URL ?? '');
    expect(await statusAt('127.0.0.1', port)).to.equal(200);
    // By its process: another test's server may get the port that it frees.
    const children = execFileSync('pgrep', ['-P', String(one.child.pid)], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(children).not.to.deep.equal(['']);
    await one.stop('SIGKILL');
    const end = Date.now() + 10_000;
    while (children.some((pid) => isRunning(Number(pid)))) {
      if (Date.now() > end) expect.fail('the app still runs');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});
