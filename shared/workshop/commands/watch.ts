import path from 'node:path';
import { watch as watchFolder } from 'chokidar';
import type { Command } from 'commander';
import { UserError } from '../../party/user-error';
import { findStep } from '../../steps/layers';
import { hasMyApp, MY_APP } from '../my-app';
import { readProgress } from '../progress';
import { Report } from '../report';

/** Milliseconds of quiet after a save: an editor that saves several files means one run. */
const QUIET = 20;

/** `npm run workshop watch [N]`: the checks of one step at each save. */
export function addWatch(program: Command): void {
  program
    .command('watch')
    .description('Checks your app at each save, what failed last time first, until Ctrl-C.')
    .argument('[step]', 'a step: 2, 02 or its name (default: the one in progress)')
    .option('--app <folder>', 'the app’s folder (default: my-app)')
    .action(watch);
}

async function watch(wanted: string | undefined, flags: { app?: string }): Promise<void> {
  const step = findStep(wanted ?? String(readProgress().step ?? 1));
  const folder = path.resolve(flags.app ?? MY_APP);
  if (flags.app === undefined && !hasMyApp())
    throw new UserError('There is no my-app yet. Begin it with: npm run workshop start');
  const { Loop } = require('../../checks/loop') as typeof import('../../checks/loop');
  const loop = new Loop(step, folder);
  const end = () => {
    loop.endNow();
    process.stdout.write('\n');
    process.exit(0);
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  await loop.open();

  const saved = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const round = async (since: number) => {
    const files = [...saved];
    saved.clear();
    const report = new Report(step, files, since, loop.checks);
    try {
      const results = await loop.run(
        {
          onStart: (check) => report.starts(check),
          onResult: (result) => report.add(result),
          onVerdict: (results) => report.verdict(results),
        },
        { changed: files.includes('tenant.yaml') },
      );
      if (results) report.end(results);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report.refused(error.message);
    }
  };
  const failed = (error: Error) => {
    process.stderr.write(`The workshop itself failed: ${error.message}\n`);
    loop.endNow();
    process.exit(3);
  };
  const watcher = watchFolder(folder, { ignoreInitial: true, ignored: (file) => isNoSource(folder, file) });
  let first = 0;
  watcher.on('all', (_event, file) => {
    if (saved.size === 0) first = Date.now();
    saved.add(path.relative(folder, file).split(path.sep).join('/'));
    clearTimeout(timer);
    timer = setTimeout(() => void round(first).catch(failed), QUIET);
  });
  watcher.on('error', (error) => failed(error as Error));
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  void round(Date.now()).catch(failed);
}

/** Installed packages, hidden files, and what editors write beside a file. */
function isNoSource(folder: string, file: string): boolean {
  const inside = path.relative(folder, file);
  return (
    inside.split(path.sep).some((part) => part === 'node_modules' || part.startsWith('.')) ||
    /(~|\.sw[a-z]|\.tmp|\d{4})$/.test(inside)
  );
}
