import path from 'node:path';
import type { Command } from 'commander';
import { type FaultyParty, inWords } from '../../faults/configuration';
import { readFaults, writeFaults } from '../../faults/file';
import { TARGETS } from '../../faults/forgery-text';
import { KINDS, setFault } from '../../faults/set';
import { workFolder } from '../../lib/places';
import { out, outJson } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';

interface Flags {
  path?: string;
  times?: string;
  at?: string;
  json?: boolean;
}

const PARTIES: readonly FaultyParty[] = ['tenant', 'api'];

/** `faults`: makes the tenant or the API fail on purpose, for the lessons on failure. */
export function addFaults(program: Command): void {
  const kinds = Object.entries(KINDS).map(([kind, { means }]) => `  ${kind.padEnd(12)} ${means}`);
  const targets = [...TARGETS].map(([name, { words }]) => `  ${name.padEnd(20)} ${words}`);
  // The name in older notes and lessons.
  for (const name of ['faults', 'weather'])
    program
      .command(name, { hidden: name === 'weather' })
      .description(
        'injects a fault into the tenant or the API: delays, errors, a wrong clock or forged answers; without arguments: shows the faults',
      )
      .argument('[party]', 'tenant or api; "none" removes all faults')
      .argument('[kind]', 'the kind of fault; see below')
      .argument('[value...]', 'milliseconds, requests or seconds; the changes of forge')
      .option('--path <path>', 'only requests whose path begins with this text, e.g. /oauth/token')
      .option('--times <n>', 'only the next n of these requests')
      .option('--at <moment>', 'forge only at a login or at a refresh')
      .option('--json', 'print the current faults as JSON')
      .addHelpText(
        'after',
        `\nKinds:\n${kinds.join('\n')}\n  rotate-keys  (tenant) signs with its next key from now on\n\nA change of forge is TARGET.NAME=VALUE; without a value the name is left out, and now+60 is a time in a minute. Targets:\n${targets.join('\n')}\n\nA fault takes effect within a second, for npm start and for a tenant or an API that runs alone. It ends with "none", or when\nnpm start begins again. Checks use their own tenant and API.\n`,
      )
      .action(runFaults);
}

async function runFaults(
  party: string | undefined,
  kind: string | undefined,
  values: readonly string[],
  flags: Flags,
): Promise<void> {
  if ((party === 'none' || party === 'fine') && kind === undefined) writeFaults({});
  else if (party !== undefined) {
    if (!isParty(party)) throw new UserError(`Faults are for tenant or api; "${party}" is neither.`);
    if (party === 'tenant' && kind === 'rotate-keys') {
      const { rotateKeys } =
        require('../../tenant/keys/key-file') as typeof import('../../tenant/keys/key-file');
      const { current, previous } = await rotateKeys(path.join(workFolder(), 'tenant'));
      out(`The tenant signs with ${current} now; ${previous} is still published.\n`);
      return;
    }
    setFault(party, kind, values, flags);
  }
  show(flags);
}

function show({ json }: Flags) {
  const now = readFaults();
  if (json) return outJson(now);
  const lines = PARTIES.map((party) => `${party.padEnd(7)} ${inWords(now[party]) ?? 'has no faults'}`);
  const next =
    Object.keys(now).length > 0
      ? 'Remove all faults: npm run workshop faults none'
      : 'Set a fault: npm run workshop faults tenant slow 3000';
  out(`${lines.join('\n')}\n${next}\n`);
}

const isParty = (text: string): text is FaultyParty => PARTIES.some((party) => party === text);
