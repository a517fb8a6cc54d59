import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '@biomejs/wasm-nodejs';
import { commandLine } from '../shared/lib/command-line';
import { out } from '../shared/lib/terminal';
import { EXIT, runMain, UserError } from '../shared/lib/user-error';
import { ROOT } from '../shared/steps/layers';
import { Linter } from './support/linter';

/** `npm run lint` and `npm run format`. */
runMain(async () => {
  const { write } = commandLine('npm run lint')
    .description('Looks at every file with Biome, as .biome.json says: lint, format, the order of imports')
    .option('--write', 'formats the files, and makes safe fixes (npm run format)')
    .parse()
    .opts<{ write?: boolean }>();
  const config = JSON.parse(fs.readFileSync(path.join(ROOT, '.biome.json'), 'utf8')) as Configuration;
  const texts = new Map(files().map((file) => [file, fs.readFileSync(path.join(ROOT, file), 'utf8')]));
  // A comment that moves takes a second round.
  for (let rounds = 3; write && rounds > 0 && fix(texts, config); rounds -= 1);
  const linter = new Linter(texts, config);
  const found = [...texts.keys()].flatMap((file) => linter.check(file));
  for (const { fails, place, rule, text } of found)
    out(`${fails ? 'error' : 'note '}  ${place}  ${rule}  ${text}\n`);
  const wrong = found.filter(({ fails }) => fails).length;
  if (wrong > 0) {
    const errors = wrong === 1 ? '1 error' : `${wrong} errors`;
    throw new UserError(`Biome finds ${errors} in ${texts.size} files.`, EXIT.notRightYet);
  }
});

/** Writes what changes, into the files and into their texts; whether anything did. */
function fix(texts: Map<string, string>, config: Configuration): boolean {
  let changed = false;
  const linter = new Linter(texts, config);
  for (const [file, text] of texts) {
    const fixed = linter.fixed(file);
    if (fixed === text) continue;
    fs.writeFileSync(path.join(ROOT, file), fixed);
    texts.set(file, fixed);
    out(`wrote  ${file}\n`);
    changed = true;
  }
  linter.close();
  return changed;
}

/** Git's files, and new ones that it does not ignore. */
function files(): string[] {
  let listed: string;
  try {
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
    listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new UserError(`Git does not list the files: ${(error as Error).message}`);
  }
  return listed
    .split('\0')
    .filter((file) => /\.(ts|js|json|css)$/.test(file) && fs.existsSync(path.join(ROOT, file)));
}
