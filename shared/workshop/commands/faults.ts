import path from 'node:path';
import type { Command } from 'commander';
import { inWords, type WeatheredParty } from '../../faults/configuration';
import { readWeather, writeWeather } from '../../faults/file';
import { KINDS, sayWeather } from '../../faults/set';
import { workFolder } from '../../lib/places';
import { out, outJson } from '../../lib/terminal';
import { UserError } from '../../lib/user-error';

interface Flags {
  path?: string;
  times?: string;
  json?: boolean;
}

const PARTIES: readonly WeatheredParty[] = ['tenant', 'api'];

/** `weather`: lets tenant or API fail on purpose, for the lessons on failure. */
export function addWeather(program: Command): void {
  const kinds = Object.entries(KINDS).map(([kind, { means }]) => `  ${kind.padEnd(9)} ${means}`);
  program
    .command('weather')
    .description(
      'makes the tenant or the API slow, broken or wrong about the time; without arguments: shows it',
    )
    .argument('[party]', 'tenant or api; "fine" makes all as always')
    .argument('[kind]', 'what is wrong with it; see below')
    .argument('[value]', 'milliseconds, requests or seconds')
    .option('--path <path>', 'only requests whose path begins so, e.g. /oauth/token')
    .option('--times <n>', 'only the next n of these requests')
    .option('--json', 'print what is in force as JSON')
    .addHelpText(
      'after',
      `\nKinds:\n${kinds.join('\n')}\n  rotate-keys  (tenant) signs with its next key from now on\n\nIt holds for npm start and for a tenant or an API that runs alone, within a second, until it is fine again or npm start begins\nanew. Checks have parties of their own.\n`,
    )
    .action(weather);
}

async function weather(
  party: string | undefined,
  kind: string | undefined,
  value: string | undefined,
  flags: Flags,
): Promise<void> {
  if (party === 'fine' && kind === undefined) writeWeather({});
  else if (party !== undefined) {
    if (!isParty(party)) throw new UserError(`The weather is for tenant or api; "${party}" is neither.`);
    if (party === 'tenant' && kind === 'rotate-keys') {
      const { rotateKeys } =
        require('../../tenant/keys/key-file') as typeof import('../../tenant/keys/key-file');
      const { current, previous } = await rotateKeys(path.join(workFolder(), 'tenant'));
      out(`The tenant signs with ${current} now; ${previous} is still published.\n`);
      return;
    }
    sayWeather(party, kind, value, flags);
  }
  show(flags);
}

function show({ json }: Flags): void {
  const now = readWeather();
  if (json) {
    outJson(now);
    return;
  }
  const lines = PARTIES.map((party) => `${party.padEnd(7)} ${inWords(now[party]) ?? 'is as always'}`);
  const next =
    Object.keys(now).length > 0
      ? 'All as always again: npm run workshop weather fine'
      : 'Change it: npm run workshop weather tenant slow 3000';
  out(`${lines.join('\n')}\n${next}\n`);
}

const isParty = (text: string): text is WeatheredParty => PARTIES.some((party) => party === text);
