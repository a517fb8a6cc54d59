import { median, ratio } from './numbers';
import { type Kind, type Server, withServers } from './servers';
import type { Sizes } from './sizes';

type Size = Sizes['tenant'];

/** What is timed. */
const KINDS: Record<string, Kind> = {
  'logins, one after another': { user: 'shipped', workers: 1, each: 12, refresh: false },
  'logins, 16 at once, an account each': {
    user: 'shipped',
    workers: 16,
    isolated: true,
    each: 3,
    refresh: false,
  },
  'logins, 16 at once on one account': { user: 'shipped', workers: 16, each: 3, refresh: false },
  'logins, 16 at once, cheapest hash': { user: 'cheapest', workers: 16, each: 6, refresh: false },
  'logins, one after another, cheapest hash': { user: 'cheapest', workers: 1, each: 30, refresh: false },
  'refreshes, 16 at once': { user: 'cheapest', workers: 16, each: 40, refresh: true },
};
const WITH_AN_ACTION: Record<string, Kind> = {
  'logins, 16 at once, cheapest hash, an Action': {
    user: 'cheapest',
    workers: 16,
    each: 6,
    refresh: false,
  },
  'refreshes, 16 at once, an Action at each': {
    user: 'cheapest',
    workers: 16,
    each: 40,
    refresh: true,
  },
};
/** Until a server is about as quick as it gets: what comes late in the benchmark is not measured beside a colder one. */
const WARM_UP: Kind[] = [
  { user: 'cheapest', workers: 16, each: 40, refresh: false },
  { user: 'cheapest', workers: 16, each: 150, refresh: true },
];

export interface TenantFigure {
  what: string;
  /** Per second, medians. */
  ours: number;
  bare: number;
  /** The median of the rounds' ratios; wanted: at least 0.9. */
  ratio: number;
}

export interface TenantBench {
  figures: TenantFigure[];
  /** Milliseconds from the start of the process until it answers, medians; the ratio is bare to ours, so that more is better here too. */
  ready: { ours: number; bare: number; ratio: number };
}

/**
 * The tenant, as a learner has it without an Action and with one, against bare oidc-provider with the same key type, pages and password check.
 */
export function benchTenant(size: Size): Promise<TenantBench> {
  return withServers(async (start) => {
    const [ours, bare] = [[], []] as [Server[], Server[]];
    for (let i = 0; i < size.starts; i++) {
      ours.push(await start('ours'));
      bare.push(await start('bare'));
    }
    const ready = [ours, bare].map((all) => all.map((server) => server.ready)) as [number[], number[]];
    const [mine, other] = [ours[0], bare[0]] as [Server, Server];
    await closeAll([...ours.slice(1), ...bare.slice(1)]);
    const figures = await compareAll(KINDS, mine, other, size);
    await closeAll([mine, other]);
    // Both start again: a server that was idle meanwhile would be slower.
    figures.push(
      ...(await compareAll(WITH_AN_ACTION, await start('with an Action'), await start('bare'), size)),
    );
    return {
      figures,
      ready: { ours: median(ready[0]), bare: median(ready[1]), ratio: ratio(ready[1], ready[0]) },
    };
  });
}

async function closeAll(servers: Server[]): Promise<void> {
  await Promise.all(servers.map((server) => server.close()));
}

async function compareAll(
  kinds: Record<string, Kind>,
  ours: Server,
  bare: Server,
  size: Size,
): Promise<TenantFigure[]> {
  for (const kind of size.warmUp ? WARM_UP : []) for (const server of [ours, bare]) await server.round(kind);
  const figures: TenantFigure[] = [];
  for (const [what, kind] of Object.entries(kinds))
    figures.push(await compare(what, atMost(kind, size), ours, bare, size.rounds));
  return figures;
}

function atMost(kind: Kind, { most }: Size): Kind {
  if (!most) return kind;
  return { ...kind, workers: Math.min(kind.workers, most.workers), each: Math.min(kind.each, most.each) };
}

/** Rounds take turns, and the ratio is the median of theirs: the machine's own ups and downs meet both. */
async function compare(
  what: string,
  kind: Kind,
  ours: Server,
  bare: Server,
  rounds: number,
): Promise<TenantFigure> {
  const seen: { ours: number; bare: number }[] = [];
  for (let i = 0; i < rounds; i++) {
    // Who begins changes from round to round.
    const [first, second] = i % 2 === 0 ? [ours, bare] : [bare, ours];
    const a = await first.round(kind);
    const b = await second.round(kind);
    seen.push(i % 2 === 0 ? { ours: a, bare: b } : { ours: b, bare: a });
  }
  const [all, others] = [seen.map((one) => one.ours), seen.map((one) => one.bare)];
  return { what, ours: median(all), bare: median(others), ratio: ratio(all, others) };
}

/** The figures as lines of a table. */
export function describeTenantBench({ figures, ready }: TenantBench): string[] {
  const lines = figures.map(
    ({ what, ours, bare, ratio: r }) =>
      `${what.padEnd(44)} ${ours.toFixed(0).padStart(6)}/s  bare ${bare.toFixed(0).padStart(6)}/s  ratio ${r.toFixed(2)}  (wanted: 0.90)`,
  );
  const { ours, bare, ratio: r } = ready;
  return [
    ...lines,
    `${'until it answers'.padEnd(44)} ${ours.toFixed(0).padStart(6)} ms bare ${bare.toFixed(0).padStart(6)} ms ratio ${r.toFixed(2)}`,
  ];
}
