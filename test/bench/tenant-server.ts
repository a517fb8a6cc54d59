import fs from 'node:fs';
import path from 'node:path';
import type { JWK } from 'jose';
import { parse, stringify } from 'yaml';
import { listenOnLoopback } from '../../shared/party/listen';
import { listSteps, materialise, readApp, type Step, WORK } from '../../shared/steps/layers';
import { startTenant } from '../../shared/tenant';
import { allowShiftedClocks } from '../../shared/weather/clock';
import { Weather } from '../../shared/weather/weather';
import { bareProvider } from './bare-provider';

/** What a server of the benchmark is told. */
export interface ServerSettings {
  /** Ours without an Action, as a learner has it up to the step that writes one; ours with all that the newest step's app has; or the baseline. */
  kind: 'ours' | 'with an Action' | 'bare';
  /** A folder of its own. */
  folder: string;
  users: string;
  key: JWK;
  audience: string;
  callback: string;
}

/** What a server is asked for: to start, to tell its memory, to have its clock moved ahead by so many seconds. */
export type Wish = ServerSettings | 'memory' | { later: number };

/** What it answers: where it listens; its memory in bytes, after a collection of what is no longer used; that it is later now. */
export type ServerMessage = { port: number } | { rss: number; heap: number; kept: number } | 'later';

const weather = new Weather();
let kept = () => 0;

/** One server in a process of its own, apart from the load. */
process.on('message', (wish: Wish) => {
  const answer = (message: ServerMessage) => process.send?.(message);
  if (wish === 'memory') {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    answer({ rss, heap: heapUsed, kept: kept() });
  } else if ('later' in wish) {
    weather.clock += wish.later;
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
    config: learnersConfig(settings),
    users: settings.users,
    data: path.join(settings.folder, 'data'),
    env: {},
    wrap: (handler) => weather.wrap(handler),
  });
  kept = () => tenant.size();
  return tenant.port;
}

/** What a learner has at the end of a step, and beside it the application of the benchmark. */
function learnersConfig({ kind, folder, callback }: ServerSettings): string {
  const app = path.join(WORK, `bench-${process.pid}`);
  const hasAction = ({ number }: Step) => readApp(number).get('tenant.yaml')?.includes('\nactions:') === true;
  const step = listSteps().findLast((one) => hasAction(one) === (kind === 'with an Action'));
  if (!step) throw new Error(`no step is a learner's tenant ${kind}`);
  materialise(step.number, app);
  process.on('exit', () => fs.rmSync(app, { recursive: true, force: true }));
  const yaml = parse(fs.readFileSync(path.join(app, 'tenant.yaml'), 'utf8')) as {
    clients: object[];
    databases: { enabled_clients: string[] }[];
  };
  yaml.clients.push({
    name: 'Bench',
    client_id: 'bench',
    client_secret: 'a-secret-for-the-benchmark',
    callbacks: [callback],
    refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring' },
  });
  for (const { enabled_clients } of yaml.databases) enabled_clients.push('Bench');
  // Beside what it names by path.
  const file = path.join(app, `tenant-${path.basename(folder)}.yaml`);
  fs.writeFileSync(file, stringify(yaml));
  return file;
}
