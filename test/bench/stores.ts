import { startFakeTenant } from '../support/fake-tenant';
import { withApp } from './app-process';
import { loadGenerator } from './generator';
import { median } from './numbers';
import { sessionCookie } from './page';
import type { Sizes } from './sizes';

const CONNECTIONS = 16;

export interface StoresBench {
  /** Pages with a session per second, against the same with sessions in memory; Redis where it is installed. */
  stores: Record<string, { perSecond: number; memory: number; ratio: number }>;
  /** The same of two processes that share the embedded store, against one. */
  processes: { two: number; one: number; ratio: number };
}

/** What the store costs a page with a session, and what a second process brings. */
export async function benchStores({ rounds, warmUp, round }: Sizes['stores']): Promise<StoresBench> {
  const tenant = await startFakeTenant();
  const generator = loadGenerator();
  try {
    return await withApp(['memory', 'embedded', 'redis'], async ({ stores, start }) => {
      const env = { ISSUER_BASE_URL: tenant.issuer, AUDIENCE: 'api', API_URL: 'http://localhost:9' };
      const subjects = new Map<string, { ports: number[]; cookie: string }>();
      for (const [name, url] of stores) {
        const { port } = await start({ ...env, STORE_URL: url });
        const cookie = await sessionCookie(`http://localhost:${port}`, 'Log out');
        subjects.set(name, { ports: [port], cookie });
      }
      const embedded = subjects.get('embedded');
      if (!embedded) throw new Error('the embedded store is missing');
      const second = await start({ ...env, STORE_URL: stores.get('embedded') ?? '' });
      subjects.set('two', { ...embedded, ports: [...embedded.ports, second.port] });

      const measure = async ({ ports, cookie }: { ports: number[]; cookie: string }) => {
        const request = `GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nCookie: ${cookie}\r\n\r\n`;
        const load = await generator.run({ port: ports, request, connections: CONNECTIONS, duration: round });
        return load.perSecond;
      };
      const seen: Record<string, number>[] = [];
      for (let i = 0; i < rounds + warmUp; i++) {
        const all = [...subjects];
        // Who begins changes, and the first rounds only warm up.
        const turn = [...all.slice(i % all.length), ...all.slice(0, i % all.length)];
        const rates: Record<string, number> = {};
        for (const [name, subject] of turn) rates[name] = await measure(subject);
        if (i >= warmUp) seen.push(rates);
      }
      const rate = (name: string) => median(seen.map((rates) => rates[name] ?? Number.NaN));
      const ratio = (name: string, to: string) =>
        median(seen.map((rates) => (rates[name] ?? Number.NaN) / (rates[to] ?? Number.NaN)));
      const shared = [...stores.keys()].filter((name) => name !== 'memory');
      return {
        stores: Object.fromEntries(
          shared.map((name) => [
            name,
            { perSecond: rate(name), memory: rate('memory'), ratio: ratio(name, 'memory') },
          ]),
        ),
        processes: { two: rate('two'), one: rate('embedded'), ratio: ratio('two', 'embedded') },
      };
    });
  } finally {
    await generator.close();
    await tenant.close();
  }
}

export function describeStores({ stores, processes: { two, one, ratio } }: StoresBench): string[] {
  const lines = Object.entries(stores).map(
    ([name, figures]) =>
      `a page with a session, ${name.padEnd(20)} ${figures.perSecond.toFixed(0).padStart(6)}/s  memory      ${figures.memory.toFixed(0).padStart(6)}/s  ratio ${figures.ratio.toFixed(2)}`,
  );
  if (!('redis' in stores))
    lines.push('Redis is left out: neither redis-server nor valkey-server is installed');
  return [
    ...lines,
    `the same by two processes, embedded          ${two.toFixed(0).padStart(6)}/s  one process ${one.toFixed(0).padStart(6)}/s  ratio ${ratio.toFixed(2)}`,
  ];
}
