import { type Kind, type Memory, withServers } from './servers';
import type { Sizes } from './sizes';

const WORKERS = 10;
/** Longer than anything lives that a login leaves behind, in seconds: its refresh token ends after 30 days. */
const MONTH = 31 * 24 * 3600;

type Look = Memory & { logIns: number };

export interface SizeBench {
  /** Logins so far, and what they left in the memory of our tenant. */
  ours: Look[];
  /** The same of a bare oidc-provider over a plain in-memory adapter. */
  bare: Look[];
}

/** Memory over lots of logins, a month after each lot: what has expired must be gone. */
export function benchSize({ lots, lot }: Sizes['size']): Promise<SizeBench> {
  const logInsOfLot: Kind = { user: 'cheapest', workers: WORKERS, each: lot / WORKERS, refresh: false };
  return withServers(async (start) => {
    const looks = async (kind: Parameters<typeof start>[0]): Promise<Look[]> => {
      const server = await start(kind);
      const seen: Look[] = [{ logIns: 0, ...(await server.memory()) }];
      for (let logIns = lot; logIns <= lots * lot; logIns += lot) {
        await server.round(logInsOfLot);
        seen.push({ logIns, ...(await server.memory()) });
        await server.later(MONTH);
      }
      await server.close();
      return seen;
    };
    return { ours: await looks('with an Action'), bare: await looks('bare') };
  });
}

export function describeSize({ ours, bare }: SizeBench): string[] {
  const lines = ours.map(({ logIns, rss, heap, retained }, i) => {
    const other = bare[i];
    const ratio = other ? (heap / other.heap).toFixed(2) : '?';
    const mega = (one: number | undefined) => (one ?? Number.NaN).toFixed(0).padStart(3);
    return `after ${String(logIns).padStart(5)} logins  heap ${mega(heap)} MB, bare ${mega(other?.heap)} MB: ratio ${ratio}  (resident ${mega(rss)} and ${mega(other?.rss)} MB; ${retained} things retained)`;
  });
  const growth = (looks: Look[]) => (looks.at(-1)?.heap ?? Number.NaN) / (looks[1]?.heap ?? Number.NaN);
  return [
    ...lines,
    `heap after ${ours.at(-1)?.logIns} logins, against after ${ours[1]?.logIns}: ratio ${growth(ours).toFixed(2)}  (wanted: about 1, it levels off; bare ${growth(bare).toFixed(2)})`,
  ];
}
