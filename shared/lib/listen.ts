import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { UserError } from './user-error';
import { whoListens } from './who-listens';

export interface Listening {
  /** The port on both loopback addresses. */
  port: number;
  /** Stops listening, ends open connections, resolves when the port is free. Safe to call twice. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 takes a free port. */
  port: number;
  /** The party's name, for the message: "The tenant". */
  party: string;
  /** The setting that changes the port, for the message: "--port N or TENANT_PORT". */
  setting: string;
  /** Speaks https with this certificate (PEM); http without it. */
  tls?: { key: string; certificate: string } | undefined;
  /** Bytes of headers; those of Node.js by default. */
  maxHeaderSize?: number | undefined;
}

/** Listens on 127.0.0.1 and, if the machine has it, on ::1 with the same port, never on other addresses.
 * @throws UserError when the port is taken, naming the port and the setting to change. */
export async function listenOnLoopback(
  handler: http.RequestListener,
  { port, party, setting, tls, maxHeaderSize }: ListenOptions,
): Promise<Listening> {
  const limits = maxHeaderSize === undefined ? {} : { maxHeaderSize };
  const answer: http.RequestListener = (req, res) => {
    if (isTarget(req.url ?? '')) return handler(req, res);
    res
      .writeHead(400, { 'Content-Type': 'text/plain', Connection: 'close' })
      .end('The request names no path.\n');
  };
  const create = () =>
    tls
      ? https.createServer({ key: tls.key, cert: tls.certificate, ...limits }, answer)
      : http.createServer(limits, answer);
  for (let attempt = 0; ; attempt++) {
    const v4 = create();
    try {
      await listen(v4, port, '127.0.0.1');
    } catch (error) {
      throw explain(error, port, party, setting);
    }
    const actual = (v4.address() as { port: number }).port;
    const v6 = create();
    try {
      await listen(v6, actual, '::1');
      return listening(actual, [v4, v6]);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return listening(actual, [v4]);
      await close(v4);
      // A free IPv4 port may be taken on IPv6. With --port 0 another port will do.
      if (port === 0 && code === 'EADDRINUSE' && attempt < 20) continue;
      throw explain(error, actual, party, setting);
    }
  }
}

/** Whether a request target is a path or a whole address, as for a proxy (RFC 9112, 3.2.1 and 3.2.2). Node.js also
 * accepts others, such as "*" and "http://", in which no library finds a path. */
const isTarget = (target: string): boolean =>
  target.startsWith('/') || (/^https?:\/\//i.test(target) && URL.canParse(target));

async function listen(server: http.Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
}

async function close(server: http.Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function listening(port: number, servers: http.Server[]): Listening {
  return {
    port,
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

function explain(error: unknown, port: number, party: string, setting: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new UserError(
      `${party} cannot listen on port ${port}: ${whoListens(port) ?? 'another program'} already does. Stop it, or choose another port with ${setting}.`,
    );
  }
  if (code === 'EACCES') {
    return new UserError(
      `${party} may not listen on port ${port}: ${forbidden(port)}. Choose another port with ${setting}.`,
    );
  }
  return new UserError(`${party} cannot listen on port ${port}: ${message}. Choose another with ${setting}.`);
}

/** Why a system refuses a port that is free. */
export function forbidden(port: number, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32')
    return 'Windows reserves it for another service, such as Hyper-V (netsh interface ipv4 show excludedportrange protocol=tcp lists the reserved ports), or another program has it for itself';
  return port < 1024 ? 'ports below 1024 need privileges' : 'a rule of this system forbids it';
}
