import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream';

/** Bytes of headers that a relay lets through: whether they are too many is for the target to decide. */
export const RELAYED_HEADERS = 128 * 1024;
/** Headers of one connection only (RFC 9110, section 7.6.1). Node.js writes its own. */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade', 'expect'];

export interface Relay {
  handler: http.RequestListener;
  /** Ends the idle connections to the target. */
  close(): void;
}

export interface RelayOptions {
  /** The headers that the target gets, as names and values in turn; those of the request by default. */
  headersOf?: (req: http.IncomingMessage) => readonly string[];
  /** Names of headers, in small letters, of which an answer has none for the client. */
  dropped?: readonly string[];
  /** Called once a request has a connection to a target; once more when it goes to another one. */
  onForward?: (req: http.IncomingMessage, address: string) => void;
}

/** Forwards requests as they are to a server that may move, and its answers as they are.
 * @param target the address of the server now, or several, in the order in which a request tries them; undefined while
 * there is none. A request goes on to the next one only if no connection was made.
 * @param onMissing answers a request that reaches no server. */
export function relay(
  target: () => string | readonly string[] | undefined,
  onMissing: http.RequestListener,
  { headersOf = ({ rawHeaders }) => rawHeaders, dropped = [], onForward }: RelayOptions = {},
): Relay {
  const agents = agentsOf(256);
  // With `Connection: close`, a server that answers before it has read the body resets the connection, and the answer is
  // lost. These connections are open until the answer has arrived, and are not used again.
  const once = agentsOf(0);
  const forward = (
    req: http.IncomingMessage,
    res: http.ServerResponse,
    addresses: readonly string[],
    isRepeated = false,
  ): void => {
    const [address, ...others] = addresses;
    if (address === undefined) {
      onMissing(req, res);
      return;
    }
    const { protocol, hostname, port, pathname } = new URL(address);
    const { request } = protocol === 'https:' ? https : http;
    // Only a request that may be repeated uses a connection that the server may be closing.
    const isSafe = ['GET', 'HEAD'].includes(req.method ?? '') && !hasBody(req);
    const { https: secure, http: plain } = isSafe ? agents : once;
    const agent = protocol === 'https:' ? secure : plain;
    const asked = request({
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      method: req.method,
      path: pathname.replace(/\/$/, '') + (req.url ?? '/'),
      headers: forwarded(headersOf(req)),
      agent,
      maxHeaderSize: RELAYED_HEADERS,
    });
    let connected = false;
    const onConnected = () => {
      connected = true;
      onForward?.(req, address);
      // Not earlier: what is read of a body cannot be sent to another target.
      req.pipe(asked);
    };
    asked.once('socket', (socket) => {
      if (socket.connecting) socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', onConnected);
      else onConnected();
    });
    let answered = false;
    asked.once('response', (answer) => {
      answered = true;
      res.sendDate = false;
      // The answer has its own framing towards each side.
      const headers = forwarded(answer.rawHeaders, ['transfer-encoding', ...dropped]);
      res.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
      answer.once('end', () => {
        res.addTrailers(pairsOf(answer.rawTrailers));
        // Nobody reads the rest of a body that is answered; its sender may still send it.
        req.unpipe(asked);
        req.resume();
      });
      pipeline(answer, res, () => {});
    });
    asked.on('error', () => {
      // An answer that breaks off ends with its own stream.
      if (answered || res.destroyed) return;
      if (!connected) return forward(req, res, others);
      // The server closed an idle connection just then (RFC 9112, section 9.3.1).
      if (isSafe && asked.reusedSocket && !isRepeated) return forward(req, res, addresses, true);
      onMissing(req, res);
    });
    res.once('close', () => {
      if (!res.writableFinished) asked.destroy();
    });
  };
  return {
    handler: (req, res) => forward(req, res, [target() ?? []].flat()),
    close: () => {
      for (const { http: plain, https: secure } of [agents, once]) {
        plain.destroy();
        secure.destroy();
      }
    },
  };
}

/** @param maxFreeSockets how many idle connections remain open. */
const agentsOf = (maxFreeSockets: number) => ({
  http: new http.Agent({ keepAlive: true, maxFreeSockets }),
  https: new https.Agent({ keepAlive: true, maxFreeSockets }),
});

const hasBody = ({ headers }: http.IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** Names and values in turn, without those that are of one connection. */
function forwarded(rawHeaders: readonly string[], further: readonly string[] = []): string[] {
  const pairs = pairsOf(rawHeaders);
  const named = pairs.flatMap(([name, value]) => (/^connection$/i.test(name) ? value.split(',') : []));
  const left = new Set([...OF_CONNECTION, ...further, ...named.map((name) => name.trim().toLowerCase())]);
  return pairs.filter(([name]) => !left.has(name.toLowerCase())).flat();
}

const pairsOf = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as [string, string]] : []));
