import path from 'node:path';
import type { Command } from 'commander';
import { commandContext } from '../../lib/command-context';
import { ROOT } from '../../lib/places';
import { out, outJson } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';
import { hasMyApp, myApp } from '../my-app';

/** `export DIR`: the learner's app as a project that needs nothing from here. */
export function addExport(program: Command): void {
  program
    .command('export')
    .description(
      'exports your app as a separate project, which you can install and start without the workshop',
    )
    .argument('<dir>', 'a new folder outside of the workshop')
    .option('--json', 'print the list of the written files as JSON')
    .action(exportApp);
}

function exportApp(dir: string, { json }: { json?: boolean }) {
  const { checkedTarget } = require('../export/files') as typeof import('../export/files');
  const { exportProject } = require('../export/project') as typeof import('../export/project');
  const { env, cwd } = commandContext();
  // npm runs a script in the package's folder; INIT_CWD is where it was called.
  const target = checkedTarget(dir, env.INIT_CWD ?? cwd, { root: ROOT, app: myApp() });
  if (!hasMyApp())
    throw new UserError(`There is no app in ${myApp()} yet. Begin one with: npm run workshop start`);
  const done = exportProject(myApp(), target);
  if (json) return outJson(done);
  const kept = done.kept.length > 0 ? `Your own ${done.kept.join(', ')} did not change.\n` : '';
  out(
    `${done.files.length} files in ${target}. Packages: ${Object.keys(done.dependencies).join(', ')}.\n${kept}Settings and secrets (.env) are not copied. Next:\n\n  cd ${path.relative(cwd, target) || target}\n  npm ${done.files.includes('package-lock.json') ? 'ci' : 'install'}\n  cp .env.example .env   and fill it in, as README.md says\n  npm start\n`,
  );
}
