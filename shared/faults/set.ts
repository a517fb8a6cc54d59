import { UserError } from '../lib/user-error';
import { type FaultConfig, type FaultConfigs, type FaultyParty, faultConfigs } from './configuration';
import { readFaults, writeFaults } from './file';
import { parseForgery } from './forgery-text';

/** What the command and the page offer, and the part of the configuration that each sets. */
export const KINDS: Record<
  string,
  {
    means: string;
    set: (value: string | undefined, only: Only, all: readonly string[]) => Partial<FaultConfig>;
  }
> = {
  'slow MS': {
    means: 'answers MS milliseconds late',
    set: (ms) => ({ slow: number(ms, 'milliseconds', 'slow 300') }),
  },
  'trickle MS': {
    means: 'sends one byte every MS milliseconds',
    set: (ms) => ({ trickle: number(ms, 'milliseconds', 'trickle 50') }),
  },
  '429': { means: 'answers 429 Too Many Requests', set: () => ({ status: 429 }) },
  '500': { means: 'answers 500 Internal Server Error', set: () => ({ status: 500 }) },
  '503': { means: 'answers 503 Service Unavailable', set: () => ({ status: 503 }) },
  html: { means: 'answers 200 with a page of HTML', set: () => ({ html: true }) },
  empty: { means: 'answers 200 without a body', set: () => ({ empty: true }) },
  'limit N': {
    means: 'answers N requests in ten seconds, the others with 429',
    set: (n) => ({ limit: { requests: number(n, 'requests', 'limit 5'), seconds: 10 } }),
  },
  drop: { means: 'breaks connections before the answer', set: () => ({ drop: true }) },
  hang: { means: 'never answers', set: () => ({ hang: true }) },
  'forge CHANGE': {
    means: 'answers or signs something else (tenant): forge id_token.nonce=other',
    set: (_value, { at }, all) => ({ forge: parseForgery(all, at) }),
  },
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
  /** Of a forgery: at a login or at a refresh. */
  at?: string | undefined;
}

/** Sets how a party fails. @param kind the first word of one of `KINDS`. @param value what follows it; a forgery may
 * have several changes. @throws UserError for an unknown fault, naming the known ones. */
export function setFault(
  party: FaultyParty,
  kind: string | undefined,
  value: string | readonly string[] | undefined,
  only: Only,
): void {
  const now = readFaults();
  const all = value === undefined ? [] : [value].flat();
  writeFaults(checked({ ...now, [party]: changed(now[party] ?? {}, kind, all, only) }, party));
}

/** A new fault replaces the one before; a clock error persists beside it. */
function changed(
  before: FaultConfig,
  kind: string | undefined,
  all: readonly string[],
  { path, times, at }: Only,
): FaultConfig {
  const wanted = kind === 'fine' ? 'none' : kind;
  const [name, found] = Object.entries(KINDS).find(([known]) => known.split(' ')[0] === wanted) ?? [];
  if (!name || !found)
    throw new UserError(
      `${kind === undefined ? 'A fault is missing' : `"${kind}" is not a fault`}. There are ${Object.keys(KINDS).join(', ')}, and rotate-keys for the tenant.`,
    );
  const [value, ...more] = name.includes(' ') ? all : [undefined, ...all];
  if (more.length > 0 && wanted !== 'forge')
    throw new UserError(
      `${kind} takes ${value === undefined ? 'no' : 'one'} value; "${more[0]}" is too much.`,
    );
  if (at !== undefined && wanted !== 'forge')
    throw new UserError(`--at is for forge only: leave it out with ${kind}.`);
  const only = {
    ...(path === undefined ? {} : { path }),
    ...(times === undefined ? {} : { times: number(times, 'requests', '--times 3') }),
  };
  if (wanted === 'clock' || wanted === 'none') {
    if (Object.keys(only).length > 0)
      throw new UserError(`${kind} is for all requests: leave --path and --times out.`);
    const rest = wanted === 'clock' ? before : {};
    return withoutNothing({ ...rest, ...found.set(value, { at }, all) });
  }
  const clock = before.clock === undefined ? {} : { clock: before.clock };
  return withoutNothing({ ...clock, ...found.set(value, { at }, all), ...only });
}

const withoutNothing = (wanted: FaultConfig): FaultConfig =>
  wanted.clock === 0 ? { ...wanted, clock: undefined } : wanted;

/** @throws UserError that names the first value of the party that cannot be. */
function checked(wanted: FaultConfigs, party: FaultyParty): FaultConfigs {
  const result = faultConfigs.safeParse(wanted);
  if (result.success) return JSON.parse(JSON.stringify(result.data)) as FaultConfigs;
  const [issue] = result.error.issues;
  const where = issue?.path.filter((part) => part !== party).join('.');
  throw new UserError(`That cannot be: ${where ? `${where}: ` : ''}${issue?.message}.`);
}

function number(text: string | undefined, of: string, example: string): number {
  if (text !== undefined && /^-?\d+$/.test(text)) return Number(text);
  const given = text === undefined ? '' : `; "${text}" is none`;
  throw new UserError(`A whole number of ${of} is wanted, as in ${example}${given}.`);
}
