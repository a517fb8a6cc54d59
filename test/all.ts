import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandLine } from '../shared/lib/command-line';
import { whenParentEnds } from '../shared/lib/parent';
import { REGISTER } from '../shared/lib/places';
import { runMain, UserError } from '../shared/lib/user-error';
import { ROOT } from '../shared/steps/layers';
import { type Folders, makeFolders } from './runner/folders';
import { longestFirst } from './runner/order';
import type { Report } from './runner/reporter';
import { runTree, type Tree } from './runner/tree';
import { missing } from './support/missing';
import { setCertificatesAside } from './support/npm';

/** Test files at the same time: one for each core, and two more, since a quarter of their time they wait for deadlines or other processes. */
const JOBS = os.availableParallelism() + 2;

/**
 * For the linter, which is WebAssembly. V8 would compile half of it a second time, and collect garbage in several
 * threads each time its memory grows: together that takes as long as the linter's own work.
 */
const FOR_WASM = ['--liftoff-only', '--single-threaded-gc'];

// The tests are the same on every machine. With production, Express caches and npm leaves packages out.
delete process.env.NODE_ENV;
setCertificatesAside();

interface Options {
  times?: boolean;
  branches?: boolean;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const trees: Tree[] = [];

/** `npm test`: lint and format, types, every test. */
runMain(async () => {
  const options = commandLine('npm test --')
    .description('Runs lint and format, types and every test. Some tests only: npm run mocha -- --spec FILE')
    .option('--times', 'prints how long each file took, the slowest first')
    .option('--branches', 'installs and checks every step branch, not only the first and the last')
    .parse()
    .opts<Options>();
  const folders = makeFolders();
  process.env.WORKSHOP_DIR = folders.work;
  const end = () => {
    for (const tree of trees) tree.end();
    remove(folders);
  };
  for (const [signal, code] of Object.entries(SIGNALS))
    process.once(signal, () => {
      end();
      process.exit(code);
    });
  // Then nobody waits for the result.
  whenParentEnds(() => {
    end();
    process.exit(SIGNALS.SIGTERM);
  });
  try {
    await all(options, folders);
  } finally {
    end();
  }
});

function remove(folders: Folders): void {
  for (const folder of folders.all)
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  const parent = path.join(ROOT, '.workshop');
  if (fs.existsSync(parent) && fs.readdirSync(parent).length === 0) fs.rmdirSync(parent);
}

async function all(options: Options, folders: Folders): Promise<void> {
  const { files, leftOut, lacking } = specs();
  if (leftOut.length > 0) process.stdout.write(`left out: ${leftOut.join(', ')}\n`);
  if (lacking && process.env.WORKSHOP_ALL_TESTS) {
    throw new UserError('Tests were left out, and WORKSHOP_ALL_TESTS says that none may be.');
  }
  // Beside the tests, which seldom fail for what these report, and must not wait for them.
  const others = Promise.allSettled([
    run('lint and format', [...FOR_WASM, '-r', REGISTER, path.join(__dirname, 'lint.ts')]),
    run('types', ['-r', REGISTER, path.join(__dirname, 'support', 'types.ts')]),
  ]);
  const { passes, failures, times } = await mocha(files, options, folders);
  const wrong = (await others).flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  if (options.times) process.stdout.write(slowestFirst(times));
  process.stdout.write(`\n${passes} passed, ${failures} failed\n`);
  if (failures > 0 || passes === 0) process.exitCode = 1;
  if (wrong.length > 0) throw new UserError(wrong.map(({ message }) => message).join('\n'));
}

/** What this machine cannot run is left out by name before the run: a test is never skipped in silence. */
function specs(): { files: string[]; leftOut: string[]; lacking: boolean } {
  const found = fs
    .readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.spec.ts'))
    .map((file) => ['test', ...file.split(path.sep)].join('/'));
  const all = missing();
  const lacks = (file: string) => all.find(({ ending }) => file.endsWith(ending));
  return {
    files: longestFirst(found.filter((file) => !lacks(file))),
    leftOut: found.flatMap((file) => (lacks(file) ? [`${file} (${lacks(file)?.what})`] : [])).sort(),
    lacking: all.some(({ always = false }) => !always),
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
    trees.push({ child, end: () => child.kill('SIGKILL'), ended: Promise.resolve(null) });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      process.stdout.write(`${code === 0 ? 'ok' : 'not ok'}  ${what}\n`);
      if (code === 0) resolve();
      else reject(new UserError(`${what}:\n${output}`));
    });
  });
}

async function mocha(files: string[], { branches }: Options, folders: Folders): Promise<Report> {
  const report = path.join(folders.work, 'report.json');
  const args = [
    bin('mocha'),
    '--parallel',
    '--jobs',
    String(JOBS),
    '--forbid-only',
    '--forbid-pending',
    '--reporter',
    path.join(__dirname, 'runner', 'reporter.ts'),
    '--reporter-option',
    `file=${report}`,
    '--spec',
    ...files,
  ];
  const env = {
    ...process.env,
    ...(branches && { ALL_BRANCHES: '1' }),
    TMPDIR: folders.temporary,
    TMP: folders.temporary,
    TEMP: folders.temporary,
  };
  const tree = runTree(args, { cwd: ROOT, env, remove: folders.all });
  trees.push(tree);
  await tree.ended;
  try {
    return JSON.parse(fs.readFileSync(report, 'utf8'));
  } catch {
    throw new Error('the tests ended before they were counted');
  }
}

function slowestFirst(times: Report['times']): string {
  const rows = Object.entries(times).sort(([, a], [, b]) => b - a);
  return `\n${rows.map(([file, ms]) => `${(ms / 1000).toFixed(1).padStart(7)} s  ${file}\n`).join('')}`;
}
