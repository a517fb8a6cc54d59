import { commandLine } from '../../shared/party/command-line';
import { runMain, UserError } from '../../shared/party/user-error';
import { benchApi, describeApiBench } from './api';
import { benchGuide, describeGuide } from './guide';
import { benchLoop, describeLoop } from './loop';
import { benchPage, describePageBench } from './page';
import { benchSize, describeSize } from './size';
import { benchStart, describeStart } from './start';
import { benchStorm, describeStorm } from './storm';
import { benchTenant, describeTenantBench } from './tenant';

/** Each part takes less than a minute or so, and its ratios are measured within one run. */
const PARTS: Record<string, () => Promise<string[]>> = {
  start: async () => describeStart(await benchStart()),
  tenant: async () => describeTenantBench(await benchTenant()),
  size: async () => describeSize(await benchSize()),
  api: async () =>
    describeApiBench(await benchApi())
      .trimEnd()
      .split('\n'),
  page: async () => describePageBench(await benchPage()),
  loop: async () => describeLoop(await benchLoop()),
  guide: async () => describeGuide(await benchGuide()),
  storm: async () => describeStorm(await benchStorm()),
};

/** `npm run bench`: what the workshop's parties cost, as ratios. */
runMain(async () => {
  const names = Object.keys(PARTS).join(', ');
  const program = commandLine('npm run bench --')
    .description(
      'Measures tenant, API and app; quote the ratios, not the single figures: machines differ and are busy.',
    )
    .option('--only <part>', `one of ${names}`)
    .parse();
  const { only } = program.opts<{ only?: string }>();
  if (only !== undefined && !PARTS[only])
    throw new UserError(`There is no part "${only}". The parts are ${names}.`);
  for (const [name, measure] of Object.entries(PARTS)) {
    if (only !== undefined && only !== name) continue;
    process.stdout.write(`${name}\n${(await measure()).map((line) => `  ${line}\n`).join('')}`);
  }
});
