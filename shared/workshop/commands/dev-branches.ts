import type { Command } from 'commander';
import { out } from '../../lib/terminal';
import { ROOT } from '../../steps/layers';

export function addBranches(dev: Command): void {
  dev
    .command('branches')
    .description('generates the branches step-NN-start and step-NN from the last commit')
    .option('--dry-run', 'print what would change, and change no branch')
    .action(({ dryRun = false }: { dryRun?: boolean }) => {
      const { stepBranches } = require('../branches') as typeof import('../branches');
      for (const { name, commit, changed } of stepBranches(ROOT, { dryRun }))
        out(`${name.padEnd(14)} ${commit} ${changed ? 'updated' : 'unchanged'}\n`);
    });
}
