import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runMain, UserError } from '../shared/party/user-error';
import { listSteps, materialise, ROOT, WORK } from '../shared/workshop/layers';

/** `npm test`: type check, lint and format check, every test. */
runMain(async () => {
  const unions = path.join(WORK, `types-${process.pid}`);
  try {
    await run('lint and format', bin('@biomejs/biome'), ['ci', '--colors=off']);
    await run('types', bin('typescript', 'tsc'), ['--noEmit']);
    for (const folder of layers(unions))
      await run(`types of ${path.basename(folder)}`, bin('typescript', 'tsc'), ['--noEmit', '-p', folder]);
  } finally {
    fs.rmSync(unions, { recursive: true, force: true });
  }
  const { passes, failures } = await mocha();
  process.stdout.write(`\n${passes} passed, ${failures} failed\n`);
  if (failures > 0 || passes === 0) process.exitCode = 1;
});

/** Each step's finished app and each starter, as a learner has them: a layer alone does not compile. */
function layers(folder: string): string[] {
  return listSteps().flatMap(({ number, id }) =>
    [false, true].map((starter) => {
      const target = path.join(folder, starter ? `${id}-start` : id);
      materialise(number, target, { starter });
      const options = {
        extends: '../../../tsconfig.json',
        include: ['.'],
        compilerOptions: { types: ['node'] },
      };
      fs.writeFileSync(path.join(target, 'tsconfig.json'), JSON.stringify(options));
      return target;
    }),
  );
}

function bin(name: string, command = name): string {
  const file = require.resolve(`${name}/package.json`);
  const { bin: bins } = JSON.parse(fs.readFileSync(file, 'utf8')) as { bin: string | Record<string, string> };
  const found = typeof bins === 'string' ? bins : (bins[command] ?? Object.values(bins)[0]);
  return path.join(path.dirname(file), found ?? '');
}

function run(what: string, file: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
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

function mocha(): Promise<{ passes: number; failures: number }> {
  return new Promise((resolve, reject) => {
    const report = path.join(WORK, `report-${process.pid}.json`);
    const args = [
      bin('mocha'),
      '--forbid-only',
      '--forbid-pending',
      '--reporter',
      path.join(__dirname, 'support', 'reporter.ts'),
      '--reporter-option',
      `file=${report}`,
    ];
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
