import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { identifyThisProcess, mayStillRun, startElsewhere } from '../../shared/lib/process-start';
import { readApp } from '../../shared/steps/layers';
import { Learner } from './shell';

describe('the lock on my-app/', function () {
  this.timeout(120_000);
  const learner = new Learner('lock');
  const lock = path.join(learner.stateFolder, 'busy');
  const held = (words: unknown) => fs.writeFileSync(lock, JSON.stringify(words));
  /** A process that lives as long as the test needs it. */
  const other = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  beforeEach(() => learner.inTheMiddle());
  after(async () => {
    other.stdin?.end();
    if (other.exitCode === null) await once(other, 'exit');
    learner.remove();
  });
  const holder = (more: object) => ({ ...identifyThisProcess(), pid: other.pid, start: undefined, ...more });

  it('is respected while its command runs, and the message has the way out', async () => {
    const before = learner.bytes();
    held(holder({}));
    const { code, stderr } = await learner.run('reset', '2');
    expect(code).to.equal(2);
    expect(stderr).to.include(`process ${other.pid} on ${os.hostname()}`).and.include(`delete ${lock}`);
    expect(learner.is(before)).to.equal(true);
    fs.rmSync(lock);
    expect((await learner.run('reset', '2')).code).to.equal(0);
  });

  it('of a process of another machine is respected too, since nobody here can check it', async () => {
    held(holder({ host: 'another-machine', pid: 2 ** 22 + 1 }));
    const { code, stderr } = await learner.run('reset', '2');
    expect({ code, there: stderr.includes('on another-machine') }).to.deep.equal({ code: 2, there: true });
  });

  for (const [what, words] of [
    [
      'its process id was given to another program, which began after it',
      () => holder({ at: Date.now() - 3_600_000 }),
    ],
    // Elsewhere the system reports a time, as above.
    ...(process.platform === 'linux'
      ? [
          [
            'its process id was given to another program, as the system’s own word on the start says',
            () => ({ ...holder({}), start: 'another-boot 1' }),
          ] as const,
        ]
      : []),
    ['its process has ended', () => holder({ pid: 2 ** 22 + 1 })],
    ['its process has ended, in the words of an earlier version', () => 2 ** 22 + 1],
    ['its command was killed before it wrote who it is', () => undefined],
  ] as const) {
    it(`is cleared when ${what}`, async () => {
      if (words() === undefined) fs.writeFileSync(lock, '');
      else held(words());
      const { code, stderr } = await learner.run('reset', '2');
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(fs.readdirSync(learner.stateFolder).filter((name) => name.startsWith('busy'))).to.deep.equal([]);
    });
  }

  it('is cleared once by several commands at the same time, of which one works at a time', async () => {
    const before = learner.bytes();
    held(holder({ at: Date.now() - 3_600_000 }));
    // One of them was killed while it cleared.
    fs.writeFileSync(`${lock}.clearing`, JSON.stringify(holder({ pid: 2 ** 22 + 1 })));
    const all = await Promise.all(['2', '2', '2'].map((step) => learner.spawn('reset', step).ended));
    for (const { code, stderr } of all) {
      expect([0, 2], stderr).to.include(code);
      if (code === 2) expect(stderr).to.include('Another command is changing my-app');
    }
    expect(all.some(({ code }) => code === 0)).to.equal(true);
    expect(learner.lost(before)).to.deep.equal([]);
    expect(learner.read('auth.ts')).to.equal(readApp(2, { starter: true }).get('auth.ts'));
    expect(fs.readdirSync(learner.stateFolder).filter((name) => name.startsWith('busy'))).to.deep.equal([]);
  });

  it('knows a process by its start, by the system’s own program too', async () => {
    expect(await mayStillRun(identifyThisProcess())).to.equal(true);
    const began = Date.now() - process.uptime() * 1000;
    const start = await startElsewhere(process.pid);
    // A container may have no ps; then nobody can know, and the lock holds.
    if (start !== undefined) expect(Math.abs(start - began)).to.be.below(3000);
    expect(await startElsewhere(2 ** 22 + 1)).to.equal(undefined);
  });
});

describe('a command that was killed while it changed my-app/', function () {
  this.timeout(120_000);
  const learner = new Learner('interrupted');
  after(() => learner.remove());

  /** Killed for real, once its first new file is there. */
  async function kill(sign: () => boolean, ...args: string[]): Promise<void> {
    const running = learner.spawn(...args);
    let over = false;
    void running.ended.then(() => {
      over = true;
    });
    while (!sign() && !over) await new Promise((resolve) => setImmediate(resolve));
    running.child.kill('SIGKILL');
    await running.ended;
  }

  it('is reported by each command after it, until an undo has put things right', async () => {
    learner.inTheMiddle();
    const before = learner.bytes();
    fs.appendFileSync(
      path.join(learner.stateFolder, 'progress.yaml'),
      'unfinished: {command: start 3, copy: 1}\n',
    );
    for (const command of [
      ['list'],
      ['hint'],
      ['diff'],
      ['start', '2'],
      ['next'],
      ['undo', '--list'],
      ['status'],
    ]) {
      const { stderr } = await learner.run(...command);
      expect(stderr, command.join(' ')).to.match(
        /^The command "start 3" was interrupted, so my-app may be changed in part\./,
      );
    }
    expect((await learner.run('list')).stderr).to.include('copy 1: npm run workshop undo 1');
    // While that command still runs, nothing was interrupted.
    fs.writeFileSync(path.join(learner.stateFolder, 'busy'), JSON.stringify(identifyThisProcess()));
    expect((await learner.run('list')).stderr).to.equal('');
    fs.rmSync(path.join(learner.stateFolder, 'busy'));
    expect((await learner.run('reset', '2')).code).to.equal(0);
    expect((await learner.run('undo')).code).to.equal(0);
    expect(learner.is(before)).to.equal(true);
    expect((await learner.run('list')).stderr).to.equal('');
  });

  for (const [when, sign] of [
    ['as its copy is there', () => exists(learner.stateFolder, 'copies', '0003')],
    [
      'as it prepares the files',
      () => names(learner.stateFolder).some((name) => name.startsWith('.staged-')),
    ],
    ['after its note', () => /unfinished/.test(read(path.join(learner.stateFolder, 'progress.yaml')))],
    ['as it takes files away', () => !exists(learner.app, 'api-client.ts')],
  ] as const) {
    it(`an undo killed ${when} is done by the next undo, and not a further one`, async () => {
      learner.inTheMiddle();
      expect((await learner.run('reset', '2')).code).to.equal(0);
      const aim = learner.bytes();
      expect((await learner.run('start', '3', '--conflicts', 'both')).code).to.equal(0);
      await kill(sign, 'undo');
      const { stdout, stderr } = await learner.run('undo');
      // It may have come to its end just before, and then there is one state more.
      if (!/before "start 3"/.test(stdout)) {
        expect(stdout, stderr).to.include('before "reset 2"');
        return;
      }
      expect(learner.is(aim), stderr).to.equal(true);
    });
  }
});

const exists = (...parts: string[]) => fs.existsSync(path.join(...parts));

function names(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
