import type { JWK } from 'jose';
import { allowShiftedClocks } from '../../shared/faults/clock';
import { FaultInjector } from '../../shared/faults/inject';
import { listenOnLoopback } from '../../shared/lib/listen';
import { startTenant } from '../../shared/tenant';
import { bareProvider } from './bare-provider';

/** The settings of a server of the benchmark. */
export interface ServerSettings {
  /** Ours without an Action, as a learner has it up to the step that writes one; ours with all that the newest step's app has; or the baseline. */
  kind: 'ours' | 'with an Action' | 'bare';
  /** tenant.yaml, of ours. */
  config: string;
  /** The folder with the keys that ours made at an earlier start; the baseline is given one, too. */
  data: string;
  users: string;
  key: JWK;
  audience: string;
  callback: string;
}

/** What a server is asked for: to start, to report its memory, to have its clock moved ahead by so many seconds. */
export type Wish = ServerSettings | 'memory' | { later: number };

/** What it answers: where it listens; its memory in bytes, after a collection of what is no longer used; that it is later now. */
export type ServerMessage = { port: number } | { rss: number; heap: number; retained: number } | 'later';

const faults = new FaultInjector();
let retained = () => 0;

/** One server in a process of its own, separate from the load. */
process.on('message', (wish: Wish) => {
  const answer = (message: ServerMessage) => process.send?.(message);
  if (wish === 'memory') {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    answer({ rss, heap: heapUsed, retained: retained() });
  } else if ('later' in wish) {
    faults.clock += wish.later;
    answer('later');
  } else
    start(wish).then(
      (port) => answer({ port }),
      (error) => {
        process.stderr.write(`${error.stack}\n`);
        process.exit(1);
      },
    );
});
process.on('disconnect', () => process.exit(0));

async function start(settings: ServerSettings): Promise<number> {
  if (settings.kind === 'bare') {
    const handler = await bareProvider(settings);
    return (await listenOnLoopback(handler, { port: 0, party: 'The baseline', setting: 'none' })).port;
  }
  allowShiftedClocks();
  const tenant = await startTenant({
    config: settings.config,
    users: settings.users,
    data: settings.data,
    env: {},
    wrap: (handler) => faults.wrap(handler),
  });
  retained = () => tenant.size();
  return tenant.port;
}
