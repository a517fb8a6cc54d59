import http from 'node:http';
import type { Express } from 'express';

/** Listens on loopback only, for both meanings of localhost, until Ctrl-C or SIGTERM. */
export function listen(app: Express, port: number, baseUrl: URL): void {
  const servers = ['127.0.0.1', '::1'].map((host) => {
    const server = http.createServer(app);
    server.on('error', (error: NodeJS.ErrnoException) => {
      // A machine without IPv6 has no ::1.
      if (host === '::1' && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')) return;
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
      console.error(`The app cannot listen on port ${port}: ${why}. Choose another one with PORT.`);
      process.exit(1);
    });
    return server.listen(port, host);
  });
  console.error(`The app is at ${baseUrl.origin}`);
  const close = () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  process.once('SIGINT', close);
  process.once('SIGTERM', close);
}
