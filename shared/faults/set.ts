import { UserError } from '../lib/user-error';
import { type FaultConfig, type FaultyParty, faultConfig } from './configuration';
import { readFaults, writeFaults } from './file';

/** What the command and the page offer, and the part of the configuration that each sets. */
export const KINDS: Record<
  string,
  { means: string; set: (value: string | undefined) => Partial<FaultConfig> }
> = {
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
  none: { means: 'has no faults', set: () => ({}) },
};

export interface Only {
  /** Requests whose path begins with it. */
  path?: string | undefined;
  /** So many requests; a whole number as text. */
  times?: string | undefined;
}

/** Sets how a party fails. @param kind the first word of one of `KINDS`.
 * @throws UserError for an unknown fault, naming the known ones. */
export function setFault(
  party: FaultyParty,
  kind: string | undefined,
  value: string | undefined,
  only: Only,
): void {
  const now = readFaults();
  writeFaults({ ...now, [party]: changed(now[party] ?? {}, kind, value, only) });
}

/** A new fault replaces the one before; a clock error persists beside it. */
function changed(
  before: FaultConfig,
  kind: string | undefined,
  value: string | undefined,
  { path, times }: Only,
): FaultConfig {
  const wanted = kind === 'fine' ? 'none' : kind;
  const [name, found] = Object.entries(KINDS).find(([known]) => known.split(' ')[0] === wanted) ?? [];
  if (!name || !found)
    throw new UserError(
      `${kind === undefined ? 'A fault is missing' : `"${kind}" is not a fault`}. There are ${Object.keys(KINDS).join(', ')}, and rotate-keys for the tenant.`,
    );
  if (!name.includes(' ') && value !== undefined)
    throw new UserError(`${kind} takes no value; "${value}" is too much.`);
  const only = {
    ...(path === undefined ? {} : { path }),
    ...(times === undefined ? {} : { times: number(times, 'requests', '--times 3') }),
  };
  if (wanted === 'clock' || wanted === 'none') {
    if (Object.keys(only).length > 0)
      throw new UserError(`${kind} is for all requests: leave --path and --times out.`);
    const rest = wanted === 'clock' ? before : {};
    return checked({ ...rest, ...found.set(value) });
  }
  const clock = before.clock === undefined ? {} : { clock: before.clock };
  return checked({ ...clock, ...found.set(value), ...only });
}

function checked(wanted: FaultConfig): FaultConfig {
  const result = faultConfig.safeParse(wanted.clock === 0 ? { ...wanted, clock: undefined } : wanted);
  if (result.success) return JSON.parse(JSON.stringify(result.data)) as FaultConfig;
  const [issue] = result.error.issues;
  throw new UserError(`That cannot be: ${issue?.path.join('.')}: ${issue?.message}.`);
}

function number(text: string | undefined, of: string, example: string): number {
  if (text !== undefined && /^-?\d+$/.test(text)) return Number(text);
  const given = text === undefined ? '' : `; "${text}" is none`;
  throw new UserError(`A whole number of ${of} is wanted, as in ${example}${given}.`);
}
