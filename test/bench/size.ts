import { type Kind, type Memory, withServers } from './servers';

/** Log-ins between two looks. */
const LOT = 2500;
const LOG_INS: Kind = { user: 'cheapest', workers: 10, each: LOT / 10, refresh: false };
/** Longer than anything lives that a log-in leaves behind, in seconds: its refresh token ends after 30 days. */
const MONTH = 31 * 24 * 3600;

export interface SizeBench {
  /** Log-ins so far, and what they left in the memory of our tenant. */
  looks: (Memory & { logIns: number })[];
  /** After the same number of log-ins in a bare oidc-provider, whose memory forgets what is too much before it expires. */
  bare: Memory;
}

/** The tenant's memory over 10,000 log-ins, a month after each lot of 2,500: what has expired must be gone. */
export function benchSize(): Promise<SizeBench> {
  return withServers(async (start) => {
    const ours = await start('with an Action');
    const looks: SizeBench['looks'] = [{ logIns: 0, ...(await ours.memory()) }];
    for (let logIns = LOT; logIns <= 4 * LOT; logIns += LOT) {
      await ours.round(LOG_INS);
      looks.push({ logIns, ...(await ours.memory()) });
      await ours.later(MONTH);
    }
    const bare = await start('bare');
    await bare.round(LOG_INS);
    return { looks, bare: await bare.memory() };
  });
}

export function describeSize({ looks, bare }: SizeBench): string[] {
  const line = (what: string, { rss, heap }: Memory, kept = '') =>
    `${what.padEnd(34)} ${rss.toFixed(0).padStart(4)} MB resident, ${heap.toFixed(0).padStart(3)} MB heap${kept}`;
  const [, first, ...rest] = looks;
  const last = rest.at(-1);
  const level = first && last ? last.heap / first.heap : Number.NaN;
  return [
    ...looks.map((look) => line(`after ${look.logIns} log-ins`, look, `, ${look.kept} things kept`)),
    line(`bare, after ${LOT} log-ins`, bare),
    `heap after ${4 * LOT} log-ins, against after ${LOT}: ratio ${level.toFixed(2)}  (wanted: about 1, it levels off)`,
  ];
}
