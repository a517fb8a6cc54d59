import { UserError } from '../lib/user-error';
import { type Forecast, forecast, type WeatheredParty } from './configuration';
import { readWeather, writeWeather } from './file';

/** What may be said of a party, with what it means and the part of the forecast that it sets. */
export const KINDS: Record<string, { means: string; set: (value: string | undefined) => Partial<Forecast> }> =
  {
    'slow MS': {
      means: 'answers MS milliseconds late',
      set: (ms) => ({ slow: number(ms, 'milliseconds', 'slow 300') }),
    },
    '429': { means: 'answers 429 Too Many Requests', set: () => ({ status: 429 }) },
    '503': { means: 'answers 503 Service Unavailable', set: () => ({ status: 503 }) },
    'limit N': {
      means: 'answers N requests in ten seconds, the others with 429',
      set: (n) => ({ limit: { requests: number(n, 'requests', 'limit 5'), seconds: 10 } }),
    },
    drop: { means: 'breaks connections before the answer', set: () => ({ drop: true }) },
    hang: { means: 'never answers', set: () => ({ hang: true }) },
    'clock S': {
      means: 'its clock goes S seconds ahead, or behind: clock -120',
      set: (s) => ({ clock: number(s, 'seconds', 'clock -120') }),
    },
    fine: { means: 'is as always', set: () => ({}) },
  };

/** For which requests it is said. */
export interface Only {
  /** Those whose path begins so. */
  path?: string | undefined;
  /** So many of them, a whole number as text. */
  times?: string | undefined;
}

/**
 * Says how a party fails from now on, for the command and for the guide's page.
 *
 * @param kind the first word of one of `KINDS`.
 * @throws UserError for what cannot be the weather, with what may.
 */
export function sayWeather(
  party: WeatheredParty,
  kind: string | undefined,
  value: string | undefined,
  only: Only,
): void {
  const now = readWeather();
  writeWeather({ ...now, [party]: changed(now[party] ?? {}, kind, value, only) });
}

/** What is said replaces what was wrong; the clock stays as it is, and goes with anything. */
function changed(
  before: Forecast,
  kind: string | undefined,
  value: string | undefined,
  { path, times }: Only,
): Forecast {
  const [name, found] = Object.entries(KINDS).find(([known]) => known.split(' ')[0] === kind) ?? [];
  if (!name || !found)
    throw new UserError(
      `${kind === undefined ? 'Say what is wrong with it' : `"${kind}" is no weather`}. There are ${Object.keys(KINDS).join(', ')}, and rotate-keys for the tenant.`,
    );
  if (!name.includes(' ') && value !== undefined)
    throw new UserError(`${kind} takes no value; "${value}" is too much.`);
  const only = {
    ...(path === undefined ? {} : { path }),
    ...(times === undefined ? {} : { times: number(times, 'requests', '--times 3') }),
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

function number(text: string | undefined, of: string, example: string): number {
  if (text !== undefined && /^-?\d+$/.test(text)) return Number(text);
  const given = text === undefined ? '' : `; "${text}" is none`;
  throw new UserError(`A whole number of ${of} is wanted, as in ${example}${given}.`);
}
