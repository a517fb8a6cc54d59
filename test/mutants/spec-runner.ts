import fs from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';
import { ROOT, workFolder } from '../../shared/lib/places';
import { MUTANT } from '../support/mutant';
import type { Answer, Ask } from './spec-lane';

/*
 * The main program of a process that runs specs of test/app again and again. The specs and the app are loaded again each time, and all that
 * they import remains loaded.
 */

/** Milliseconds that a test may take: the slowest waits five seconds for a tenant that never answers. */
const TIMEOUT = 20_000;

process.on('message', (ask: Ask) => void answer(ask));

async function answer({ mutation, specs, title }: Ask): Promise<void> {
  const named = path.join(workFolder(), `mutant-${process.pid}.json`);
  fs.mkdirSync(workFolder(), { recursive: true });
  if (mutation) fs.writeFileSync(named, JSON.stringify(mutation));
  if (mutation) process.env[MUTANT] = named;
  else delete process.env[MUTANT];
  try {
    process.send?.(await run(specs, title));
  } finally {
    fs.rmSync(named, { force: true });
  }
}

function run(specs: readonly string[], title: string | undefined): Promise<Answer> {
  const files = specs.map((spec) => path.join(ROOT, spec));
  for (const file of Object.keys(require.cache))
    if (files.includes(file) || file.startsWith(workFolder())) delete require.cache[file];
  const mocha = new Mocha({ bail: true, timeout: TIMEOUT, reporter: class {} as never });
  for (const file of files) mocha.addFile(file);
  if (title !== undefined) mocha.fgrep(title);
  const found: Answer = { failed: undefined, ran: 0, message: '' };
  return new Promise((resolve) => {
    mocha
      .run(() => {
        mocha.dispose();
        resolve(found);
      })
      .on('test end', () => {
        found.ran += 1;
      })
      .on('fail', (test, error) => {
        if (found.failed) return;
        // A hook that fails is of the test that it runs for.
        const title = test
          .fullTitle()
          .replace(/ "(before|after) (all|each)" hook(: .*?)? (for|in) "(.*)"$/, ' $5');
        const spec = path.relative(ROOT, test.file ?? files[0] ?? '');
        found.failed = { spec: spec.split(path.sep).join('/'), title };
        found.message = error?.message ?? '';
      });
  });
}
