import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { commandLine } from '../shared/party/command-line';
import { REGISTER } from '../shared/party/places';
import { runMain, UserError } from '../shared/party/user-error';
import { ROOT } from '../shared/steps/layers';
import { findBrowser } from './support/browser';

/** Test files at the same time: most of their time goes by in waiting for other processes. */
const JOBS = 3;

/** What the tests make, apart from a workshop that runs meanwhile, and from another run of the tests; taken away at the end. */
const WORK = path.join(ROOT, '.workshop', `test-${process.pid}`);
process.env.WORKSHOP_DIR = WORK;
// The tests are the same on every machine. With production, Express caches and npm leaves packages out.
delete process.env.NODE_ENV;

/** `npm test`: lint and format, types, every test. */
runMain(async () => {
  commandLine('npm test --')
    .description('Runs lint and format, types and every test. Some tests only: npm run mocha -- --spec FILE')
    .parse();
  fs.mkdirSync(WORK, { recursive: true, mode: 0o700 });
  try {
    await all();
  } finally {
    fs.rmSync(WORK, { recursive: true, force: true });
    removeIfEmpty(path.dirname(WORK));
  }
});

function removeIfEmpty(folder: string): void {
  if (fs.readdirSync(folder).length === 0) fs.rmdirSync(folder);
}

async function all(): Promise<void> {
  const { files, leftOut } = specs();
  if (leftOut.length > 0) process.stdout.write(`left out: ${leftOut.join(', ')}\n`);
  if (leftOut.length > 0 && process.env.WORKSHOP_ALL_TESTS) {
    throw new UserError('Tests were left out, and WORKSHOP_ALL_TESTS says that none may be.');
  }
  await Promise.all([
    run('lint and format', [bin('@biomejs/biome'), 'ci', '--colors=off']),
    run('types', ['-r', REGISTER, path.join(__dirname, 'support', 'types.ts')]),
  ]);
  const { passes, failures } = await mocha(files);
  process.stdout.write(`\n${passes} passed, ${failures} failed\n`);
  if (failures > 0 || passes === 0) process.exitCode = 1;
}

/** What this machine cannot run is left out by name before the run: a test is never skipped in silence. */
function specs(): { files: string[]; leftOut: string[] } {
  const all = fs
    .readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.spec.ts'))
    .map((file) => path.join('test', file))
    .sort();
  const missing = [
    { what: 'no Chromium, Chrome or Edge', ending: '.browser.spec.ts', is: findBrowser() === undefined },
    {
      what: 'no bash with curl',
      ending: '.bash.spec.ts',
      is: spawnSync('bash', ['-c', 'curl --version']).status !== 0,
    },
  ].filter(({ is }) => is);
  const lacks = (file: string) => missing.find(({ ending }) => file.endsWith(ending));
  return {
    files: all.filter((file) => !lacks(file)),
    leftOut: all.flatMap((file) => (lacks(file) ? [`${file} (${lacks(file)?.what})`] : [])),
  };
}

function bin(name: string): string {
  const file = require.resolve(`${name}/package.json`);
  const { bin: bins } = JSON.parse(fs.readFileSync(file, 'utf8')) as { bin: string | Record<string, string> };
  return path.join(path.dirname(file), (typeof bins === 'string' ? bins : Object.values(bins)[0]) ?? '');
}

function run(what: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => {
      process.stdout.write(`${code === 0 ? 'ok' : 'not ok'}  ${what}\n`);
      if (code === 0) resolve();
      else reject(new UserError(`${what}:\n${output}`));
    });
  });
}

function mocha(files: string[]): Promise<{ passes: number; failures: number }> {
  const report = path.join(WORK, 'report.json');
  const reporter = [
    '--reporter',
    path.join(__dirname, 'support', 'reporter.ts'),
    '--reporter-option',
    `file=${report}`,
  ];
  const args = [
    bin('mocha'),
    '--parallel',
    '--jobs',
    String(JOBS),
    '--forbid-only',
    '--forbid-pending',
    ...reporter,
    '--spec',
    ...files,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', () => {
      try {
        resolve(JSON.parse(fs.readFileSync(report, 'utf8')));
      } catch {
        reject(new Error('the tests ended before they were counted'));
      } finally {
        fs.rmSync(report, { force: true });
      }
    });
  });
}
