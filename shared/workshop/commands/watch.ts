import type { Command } from 'commander';
import type { CheckResult } from '../../checks/verdict';
import { commandContext } from '../../lib/command-context';
import { fromHere } from '../../lib/places';
import { err, out } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';
import { findStep } from '../../steps/layers';
import { hasMyApp, myApp } from '../my-app';
import { notePassed } from '../note-passed';
import { readProgress } from '../progress';
import { Report } from '../report';
import { changesTenant, watchSaves } from '../saves';

/** `npm run workshop watch [N]`: the checks of one step at each save. */
export function addWatch(program: Command): void {
  program
    .command('watch')
    .description('Checks your app after each save, until Ctrl-C. The checks that failed last time run first.')
    .argument('[step]', 'a step: 2, 02 or its name (default: the one in progress)')
    .option('--app <folder>', 'the app’s folder (default: my-app)')
    .action(watch);
}

async function watch(wanted: string | undefined, flags: { app?: string }): Promise<void> {
  const step = findStep(wanted ?? String(readProgress().step ?? 1));
  const folder = fromHere(flags.app ?? myApp());
  if (flags.app === undefined && !hasMyApp())
    throw new UserError('There is no my-app yet. Begin it with: npm run workshop start');
  const { recordedCheck } = require('../flow/of-check') as typeof import('../flow/of-check');
  const { Loop } = require('../../checks/loop') as typeof import('../../checks/loop');
  const context = commandContext();
  const loop = new Loop(step, folder, { types: true });
  const end = () => {
    loop.endNow();
    out('\n');
    context.exit(0);
  };
  context.onSignal(end);
  await loop.open();

  let before: readonly CheckResult[] | undefined;
  const round = async (files: readonly string[], since: number) => {
    const report = new Report(step, files, since, before);
    try {
      const results = await loop.run(
        {
          onStart: (check) => report.starts(check),
          onVerdict: (results) => report.verdict(results),
          ...recordedCheck(step, () => report.ends()),
        },
        { changed: changesTenant(files) },
      );
      if (!results) return;
      report.end(results);
      before = results;
      if (folder === myApp()) await notePassed({ checks: results, earlier: [] });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report.refused(error.message);
    }
  };
  const failed = (error: Error) => {
    err(`The workshop itself failed: ${error.message}\n`);
    loop.endNow();
    context.exit(3);
  };
  await watchSaves(folder, (files, since) => void round(files, since).catch(failed), failed).ready;
  void round([], Date.now()).catch(failed);
}
