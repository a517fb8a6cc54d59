import { commandLine } from '../../shared/lib/command-line';
import { runMain, UserError } from '../../shared/lib/user-error';
import { PARTS } from './parts';
import { FULL, SMOKE } from './sizes';

/** `npm run bench`: what the workshop's parties cost, as ratios. */
runMain(async () => {
  const names = [...PARTS.keys()].join(', ');
  const program = commandLine('npm run bench --')
    .description(
      'Measures tenant, API and app; quote the ratios, not the single figures: machines differ and are busy.',
    )
    .option('--only <part>', `one of ${names}`)
    .option('--smoke', 'everything once, as small as it can be: whether the benchmark works')
    .parse();
  const { only, smoke } = program.opts<{ only?: string; smoke?: boolean }>();
  if (only !== undefined && !PARTS.has(only))
    throw new UserError(`There is no part "${only}". The parts are ${names}.`);
  for (const [name, measure] of PARTS) {
    if (only !== undefined && only !== name) continue;
    const { lines } = await measure(smoke ? SMOKE : FULL);
    process.stdout.write(`${name}\n${lines.map((line) => `  ${line}\n`).join('')}`);
  }
});
