import { once } from 'node:events';
import http from 'node:http';
import { createApi } from './app';

/** Listens on loopback only, on both addresses of localhost, until Ctrl-C or SIGTERM. */
async function main(): Promise<void> {
  const { ISSUER_BASE_URL = '', AUDIENCE: audience = '', PORT = '4002' } = process.env;
  if (!URL.canParse(ISSUER_BASE_URL)) throw new Error('Set ISSUER_BASE_URL to the address of your tenant.');
  if (audience === '') throw new Error('Set AUDIENCE to the identifier of the API in tenant.yaml.');
  if (!/^\d{1,5}$/.test(PORT)) throw new Error(`PORT must be a port number, not "${PORT}".`);

  const api = createApi({ issuer: new URL(ISSUER_BASE_URL), audience });
  const servers = ['127.0.0.1', '::1'].map((host) => http.createServer(api).listen(Number(PORT), host));
  const close = () => {
    for (const server of servers) server.close().closeAllConnections();
  };
  process.once('SIGINT', close).once('SIGTERM', close);
  await Promise.all(servers.map((server) => once(server, 'listening').catch(failed)));
  console.error(`The API is at http://localhost:${PORT}`);

  function failed({ address, code = '', message }: NodeJS.ErrnoException & { address?: string }): void {
    // A machine without IPv6 has no ::1.
    if (address === '::1' && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code)) return;
    close();
    throw new Error(`The API cannot listen on port ${PORT}: ${message}. Choose another PORT.`);
  }
}

main().catch(({ message }: Error) => {
  console.error(message);
  process.exitCode = 1;
});
