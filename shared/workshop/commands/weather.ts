import path from 'node:path';
import type { Command } from 'commander';
import { WORK } from '../../party/places';
import { UserError } from '../../party/user-error';
import { readWeather, writeWeather } from '../../weather/file';
import { type Forecast, forecast, inWords, type WeatheredParty } from '../../weather/forecast';

interface Flags {
  path?: string;
  times?: string;
  json?: boolean;
}

const PARTIES: readonly WeatheredParty[] = ['tenant', 'api'];

/** What may be said of a party, with what it means and the part of the forecast that it sets. */
const KINDS: Record<string, { means: string; set: (value: string | undefined) => Partial<Forecast> }> = {
  'slow MS': { means: 'answers MS milliseconds late', set: (ms) => ({ slow: number(ms, 'milliseconds') }) },
  '429': { means: 'answers 429 Too Many Requests', set: () => ({ status: 429 }) },
  '503': { means: 'answers 503 Service Unavailable', set: () => ({ status: 503 }) },
  'limit N': {
    means: 'answers N requests in ten seconds, the others with 429',
    set: (n) => ({ limit: { requests: number(n, 'requests'), seconds: 10 } }),
  },
  drop: { means: 'breaks connections before the answer', set: () => ({ drop: true }) },
  hang: { means: 'never answers', set: () => ({ hang: true }) },
  'clock S': {
    means: 'its clock goes S seconds ahead, or behind: clock -120',
    set: (s) => ({ clock: number(s, 'seconds') }),
  },
  fine: { means: 'is as always', set: () => ({}) },
};

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
      `\nKinds:\n${kinds.join('\n')}\n  rotate-keys  (tenant) signs with its next key from now on\n\nIt holds for npm start and for a tenant or an API that runs alone, from the next request on, until it is fine again or npm\nstart begins anew. Checks have parties of their own.\n`,
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
      const { rotateKeys } = require('../../tenant/keys') as typeof import('../../tenant/keys');
      const { current, previous } = await rotateKeys(path.join(WORK, 'tenant'));
      process.stdout.write(`The tenant signs with ${current} now; ${previous} is still published.\n`);
      return;
    }
    const now = readWeather();
    writeWeather({ ...now, [party]: changed(now[party] ?? {}, kind, value, flags) });
  }
  show(flags);
}

/** What is said replaces what was wrong; the clock stays as it is, and goes with anything. */
function changed(
  before: Forecast,
  kind: string | undefined,
  value: string | undefined,
  flags: Flags,
): Forecast {
  const [name, found] = Object.entries(KINDS).find(([known]) => known.split(' ')[0] === kind) ?? [];
  if (!name || !found)
    throw new UserError(
      `${kind === undefined ? 'Say what is wrong with it' : `"${kind}" is no weather`}. There are ${Object.keys(KINDS).join(', ')}, and rotate-keys for the tenant.`,
    );
  if (!name.includes(' ') && value !== undefined)
    throw new UserError(`${kind} takes no value; "${value}" is too much.`);
  const only = {
    ...(flags.path === undefined ? {} : { path: flags.path }),
    ...(flags.times === undefined ? {} : { times: number(flags.times, 'requests (--times)') }),
  };
  if (kind === 'clock' || kind === 'fine') {
    if (Object.keys(only).length > 0)
      throw new UserError(`${kind} is for all requests: leave --path and --times out.`);
    const rest = kind === 'clock' ? before : {};
    return checked({ ...rest, ...found.set(value) });
  }
  const clock = before.clock === undefined ? {} : { clock: before.clock };
  return checked({ ...clock, ...found.set(value), ...only });
}

function checked(wanted: Forecast): Forecast {
  const result = forecast.safeParse(wanted.clock === 0 ? { ...wanted, clock: undefined } : wanted);
  if (result.success) return JSON.parse(JSON.stringify(result.data)) as Forecast;
  const [issue] = result.error.issues;
  throw new UserError(`That cannot be: ${issue?.path.join('.')}: ${issue?.message}.`);
}

function number(text: string | undefined, of: string): number {
  if (text !== undefined && /^-?\d+$/.test(text)) return Number(text);
  throw new UserError(`A whole number of ${of} is wanted${text === undefined ? '' : `; "${text}" is none`}.`);
}

function show({ json }: Flags): void {
  const now = readWeather();
  if (json) {
    process.stdout.write(`${JSON.stringify(now)}\n`);
    return;
  }
  const lines = PARTIES.map((party) => `${party.padEnd(7)} ${inWords(now[party]) ?? 'is as always'}`);
  const next =
    Object.keys(now).length > 0
      ? 'All as always again: npm run workshop weather fine'
      : 'Change it: npm run workshop weather tenant slow 3000';
  process.stdout.write(`${lines.join('\n')}\n${next}\n`);
}

const isParty = (text: string): text is WeatheredParty => PARTIES.some((party) => party === text);
