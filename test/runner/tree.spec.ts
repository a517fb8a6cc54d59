import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { REGISTER, ROOT } from '../../shared/lib/places';
import { temporaryFolder } from '../support/workshop';

/** Starts a program that starts another one, which serves on a free port. */
const LEADER = `
  const { spawn } = require('node:child_process');
  spawn(process.execPath, ['-e', \`
    process.on('SIGTERM', () => {});
    const server = require('node:net').createServer().listen(0, '127.0.0.1', () => {
      require('node:fs').writeFileSync(process.argv[1], String(server.address().port));
    });
  \`, process.argv[1]], { stdio: 'ignore' });
  setInterval(() => {}, 1000);
`;
const RUNNER = `
  const { runTree } = require('./test/runner/tree');
  const [leader, file, folder] = process.argv.slice(1);
  const tree = runTree(['-e', leader, file], { cwd: process.cwd(), env: process.env, remove: [folder] });
  process.send(tree.child.pid);
  process.on('SIGTERM', () => { tree.end(); process.exit(143); });
  tree.ended.then(() => process.exit(0));
`;

describe('a run of the tests', function () {
  this.timeout(60_000);
  const { folder, remove } = temporaryFolder();
  const file = path.join(folder, 'port');
  const made = path.join(folder, 'made');
  let runner: ChildProcess;
  let leader = 0;
  let port = 0;

  beforeEach(async () => {
    fs.rmSync(file, { force: true });
    fs.mkdirSync(made, { recursive: true });
    const args = ['-r', REGISTER, '-e', RUNNER, LEADER, file, made];
    runner = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    [leader] = (await once(runner, 'message')) as [number];
    await until(() => fs.existsSync(file) && fs.readFileSync(file, 'utf8') !== '');
    port = Number(fs.readFileSync(file, 'utf8'));
    expect(await answers(port)).to.equal(true);
  });
  afterEach(() => runner.kill('SIGKILL'));
  after(remove);

  it('leaves no process and no folder when it is killed itself', async () => {
    runner.kill('SIGKILL');
    await until(async () => !(await answers(port)));
    await until(() => !fs.existsSync(made));
  });

  it('leaves no process when mocha alone is killed', async () => {
    process.kill(leader, 'SIGKILL');
    await once(runner, 'exit');
    await until(async () => !(await answers(port)));
  });

  it('leaves no process when it is asked to end', async () => {
    runner.kill('SIGTERM');
    await once(runner, 'exit');
    await until(async () => !(await answers(port)));
  });
});

/** The test's own time limit ends the wait. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
