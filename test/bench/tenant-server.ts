import fs from 'node:fs';
import path from 'node:path';
import type { JWK } from 'jose';
import { listenOnLoopback } from '../../shared/party/listen';
import { startTenant } from '../../shared/tenant';
import { bareProvider } from './bare-provider';

/** What a server of the benchmark is told. */
export interface ServerSettings {
  kind: 'ours' | 'bare';
  /** A folder of its own. */
  folder: string;
  users: string;
  key: JWK;
  audience: string;
  callback: string;
}

/** What it answers: where it listens, and later its memory in bytes, after a collection of what is no longer used. */
export type ServerMessage = { port: number } | { rss: number; heap: number };

/** One server in a process of its own, apart from the load. */
process.on('message', (message: ServerSettings | 'memory') => {
  if (message === 'memory') {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    process.send?.({ rss, heap: heapUsed } satisfies ServerMessage);
    return;
  }
  start(message).then(
    (port) => process.send?.({ port } satisfies ServerMessage),
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
  const config = path.join(settings.folder, 'tenant.yaml');
  fs.writeFileSync(
    config,
    JSON.stringify({
      resourceServers: [
        {
          name: 'Appointments API',
          identifier: settings.audience,
          token_lifetime: 3600,
          allow_offline_access: true,
          scopes: [{ value: 'read:appointments', description: 'See your appointments' }],
        },
      ],
      clients: [
        {
          name: 'Bench',
          client_id: 'bench',
          client_secret: 'a-secret-for-the-benchmark',
          callbacks: [settings.callback],
          refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring' },
        },
      ],
    }),
  );
  const tenant = await startTenant({
    config,
    users: settings.users,
    data: path.join(settings.folder, 'data'),
    env: {},
  });
  return tenant.port;
}
