import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import type { JobResult } from '../../shared/tenant/actions/protocol';
import { Workers } from '../../shared/tenant/actions/workers';

/** The event decides what each run does; it prints its name once it begins. */
const SOURCE = `exports.onExecutePostLogin = async (event, api) => {
  console.log(event.name);
  api.user.setUserMetadata('thread', require('node:worker_threads').threadId);
  if (event.does === 'loop') for (;;);
  if (event.does === 'wait') await new Promise(() => {});
  if (event.does === 'write') require('worker_threads').parentPort.postMessage(null);
  if (event.does === 'ask') require('worker_threads').workerData.questions.postMessage(null);
  if (event.does === 'write' || event.does === 'ask') await new Promise(() => {});
  if (event.does === 'exit') process.exit(3);
  if (event.does === 'write much') for (let i = 0; i < 30; i++) require('worker_threads').parentPort.postMessage(null);
  if (event.does === 'start') await start(event.then);
  if (event.does === 'throw later') setImmediate(() => { throw new Error('too late'); });
  if (event.does === 'sleep') await new Promise((resolve) => setTimeout(resolve, 200));
};
/** Starts programs that would run on; what they print last is their process ids. */
async function start(then) {
  const { spawn, execFile } = require('node:child_process');
  const on = ['-e', 'setInterval(() => {}, 1000)'];
  const over = spawn(process.execPath, ['-e', '']);
  const running = [spawn(process.execPath, on, { detached: true, stdio: 'ignore' }), execFile(process.execPath, on)];
  running[0].removeAllListeners();
  running[0].unref();
  await new Promise((resolve) => over.once('exit', resolve));
  console.log('pids ' + running.map(({ pid }) => pid).join());
  if (then === 'loop') for (;;);
  if (then === 'exit') process.exit(3);
}`;

const JOB = { steps: [{ script: 0, handler: 'onExecutePostLogin' as const }] };

/** Whether a process runs. One that was ended, and whose parent has not asked for how it ended, does not. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform === 'win32') return true;
  const { stdout, error } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  if (error) throw error;
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}

describe('the threads of Actions', () => {
  let workers: Workers;
  let begun: string[];
  let strays: JobResult[];
  beforeEach(async () => {
    begun = [];
    strays = [];
    workers = new Workers({
      scripts: [
        { kind: 'Action', name: 'a', file: '/a.js', source: SOURCE, secrets: {}, packages: undefined },
      ],
      configuration: {},
      timeLimit: 2000,
      onOutput: ({ text }) => begun.push(text),
      onStray: (result) => strays.push(result),
    });
    await run('first');
    begun.length = 0;
  });
  afterEach(async () => {
    await workers.stop();
    for (const pid of pids()) if (isThere(pid)) process.kill(pid, 'SIGKILL');
  });

  const run = (name: string, does = '') => workers.run({ ...JOB, event: { name, does } });
  /** Those that a script has printed. */
  const pids = () =>
    (begun.find((text) => text.startsWith('pids ')) ?? '').slice(5).split(',').filter(Boolean).map(Number);
  const threadOf = ({ commands }: JobResult) => commands[0]?.args[1];
  const names = Array.from({ length: 40 }, (_, i) => `run ${i}`);

  it('do many short runs one after the other in one thread, in the order in which they came', async () => {
    const done = await Promise.all(names.map((name) => run(name)));
    expect(done.every(({ failure }) => failure === undefined)).to.equal(true);
    expect(new Set(done.slice(0, 5).map(threadOf)).size).to.equal(1);
    expect([...begun].sort()).to.deep.equal([...names].sort());
    expect(begun.slice(0, 8)).to.deep.equal(names.slice(0, 8));
  });

  for (const does of ['loop', 'wait'])
    it(`let others go on in another thread, each once, while one has a run that does not end (${does})`, async () => {
      let over = false;
      const stuck = run('stuck', does).finally(() => {
        over = true;
      });
      const others = await Promise.all(names.map((name) => run(name)));
      expect(over, 'nobody waited for it').to.equal(false);
      expect(others.filter(({ failure }) => failure)).to.deep.equal([]);
      expect((await stuck).failure?.message).to.include('did not finish within 2 s');
      expect([...begun].sort()).to.deep.equal(['stuck', ...names].sort());
      expect((await run('after')).failure).to.equal(undefined);
    });

  for (const [does, words] of [
    ['exit', 'process.exit'],
    ['throw later', undefined],
  ] as const)
    it(`lose a thread (${does}) without losing the runs that waited behind`, async () => {
      const last = run('last', does);
      const others = await Promise.all(names.map((name) => run(name)));
      expect(others.filter(({ failure }) => failure)).to.deep.equal([]);
      expect([...begun].sort()).to.deep.equal(['last', ...names].sort());
      const { failure } = await last;
      if (words) return expect(failure?.message).to.include(words);
      while (strays.length === 0) await new Promise(setImmediate);
      return expect(strays.map((stray) => stray.failure?.message).join()).to.include('too late');
    });

  for (const then of ['loop', 'exit', 'stop'] as const)
    it(`leave none of the processes running that a script has started (${then})`, async () => {
      const running = workers.run({ ...JOB, event: { name: 'parent', does: 'start', then } });
      if (then === 'stop') {
        expect((await running).failure).to.equal(undefined);
        expect(pids().map(isThere)).to.deep.equal([true, true]);
        await workers.stop();
      } else expect((await running).failure).not.to.equal(undefined);
      for (const pid of pids()) while (isThere(pid)) await new Promise(setImmediate);
      const hints = begun.filter((text) => text.includes('had started a process that was still running'));
      expect(hints).to.have.length(2);
    });

  it('are ended once, however often a script gives reason to', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    await run('spoilt', 'write much');
    expect((await run('after')).failure).to.equal(undefined);
    await workers.stop();
    await new Promise(setImmediate);
    process.off('warning', note);
    expect(warnings.map(({ message }) => message)).to.deep.equal([]);
  });

  it('take nothing that a script writes into their channel for a word of the tenant’s', async () => {
    for (const does of ['write', 'ask']) {
      const { failure } = await run('spoilt', does);
      expect(failure?.message, does).to.include('used the thread’s own channel');
      expect((await run('after')).failure, does).to.equal(undefined);
    }
  });

  it('are as many as slow runs need, up to sixteen', async () => {
    const done = await Promise.all(names.slice(0, 20).map((name) => run(name, 'sleep')));
    const threads = new Set(done.map(threadOf));
    expect(threads.size).to.be.within(4, 16);
    expect([...begun].sort()).to.deep.equal(names.slice(0, 20).sort());
  });

  it('break off what runs and what waits when the tenant is stopped', async () => {
    const all = Promise.all([run('stuck', 'loop'), ...names.map((name) => run(name, 'wait'))]);
    await workers.stop();
    expect((await all).every(({ failure, brokenOff }) => failure !== undefined && brokenOff)).to.equal(true);
  });

  it('finish what waits when they are closed', async () => {
    const all = Promise.all(names.map((name) => run(name)));
    await workers.close();
    expect((await all).every(({ failure }) => failure === undefined)).to.equal(true);
  });
});
