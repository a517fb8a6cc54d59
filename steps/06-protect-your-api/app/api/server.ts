import { once } from 'node:events';
import http from 'node:http';
import { createApi } from './app';

/** Listens on loopback only, on both addresses of localhost, until Ctrl-C or SIGTERM. */
async function main(): Promise<void> {
  const { ISSUER_BASE_URL = '', AUDIENCE: audience = '', PORT = '4002' } = process.env;
  if (!URL.canParse(ISSUER_BASE_URL)) return end('Set ISSUER_BASE_URL to the address of your tenant.');
  if (audience === '') return end('Set AUDIENCE to the identifier of the API in tenant.yaml.');
  if (!/^\d{1,5}$/.test(PORT)) return end(`PORT must be a port number, not "${PORT}".`);

  const api = createApi({ issuer: new URL(ISSUER_BASE_URL), audience });
  const servers = ['127.0.0.1', '::1'].map((host) => http.createServer(api).listen(Number(PORT), host));
  const close = () => {
    for (const server of servers) server.close().closeAllConnections();
  };
  process.once('SIGINT', close).once('SIGTERM', close);
  await Promise.all(
    servers.map((server) =>
      once(server, 'listening').catch((error: NodeJS.ErrnoException & { address?: string }) => {
        // A machine without IPv6 has no ::1.
        if (error.address === '::1' && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(error.code ?? '')) return;
        close();
        end(`The API cannot listen on port ${PORT}: ${error.message}. Choose another PORT.`);
      }),
    ),
  );
  if (process.exitCode === undefined) console.error(`The API is at http://localhost:${PORT}`);
}

function end(why: string): void {
  console.error(why);
  process.exitCode = 1;
}

void main();
