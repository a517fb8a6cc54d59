import { once } from 'node:events';
import http from 'node:http';
import { createApp } from './app';
import { readConfig, SettingsError } from './config';

/** Listens on loopback only, on both addresses of localhost, until Ctrl-C or SIGTERM. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const app = createApp(config);
  const servers = ['127.0.0.1', '::1'].map((host) => http.createServer(app).listen(config.port, host));
  const close = () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  process.once('SIGINT', close);
  process.once('SIGTERM', close);
  await Promise.all(servers.map((server) => once(server, 'listening').catch(failed)));
  console.error(`The app is at ${config.baseUrl.origin}`);

  function failed(error: NodeJS.ErrnoException & { address?: string }): void {
    // A machine without IPv6 has no ::1.
    if (error.address === '::1' && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.code ?? '')) return;
    close();
    const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
    throw new SettingsError(`The app cannot listen on port ${config.port}: ${why}. Choose another PORT.`);
  }
}

main().catch((error) => {
  if (!(error instanceof SettingsError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
