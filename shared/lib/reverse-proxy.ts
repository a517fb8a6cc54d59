import type http from 'node:http';
import type { TLSSocket } from 'node:tls';
import { type Relay, relay } from './relay';

/** To all processes in turn, or to one of them, by its index. */
export type Route = 'both' | number;

export interface ProxyOptions {
  /** The addresses of the processes; undefined for one that does not run. */
  targets: () => readonly (string | undefined)[];
  /** Called once a process has a request, with its index. */
  onForward?: ((req: http.IncomingMessage, index: number) => void) | undefined;
  /** Answers a request that no process answered; with 502 and a line of text by default. */
  onMissing?: http.RequestListener | undefined;
  /** See RelayOptions. */
  dropped?: readonly string[];
}

export interface ReverseProxy extends Relay {
  /** Where the next requests go; 'both' at first. */
  route: Route;
  /** Whether the X-Forwarded headers of a request reach the processes, as behind a careless proxy; false at first. */
  careless: boolean;
}

/** The headers by which a proxy says what it was asked. */
const [PROTO, HOST, FOR] = ['X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Forwarded-For'];

/** A reverse proxy in front of the processes of an app. It takes turns between those that run, and says in X-Forwarded
 * headers what the browser asked. What the browser itself wrote into these headers does not reach the app. The listener
 * ends https, if there is any: see `tls` of listenOnLoopback. It answers 502 while no process runs. */
export function reverseProxy({
  targets,
  onForward,
  onMissing = noProcess,
  dropped = [],
}: ProxyOptions): ReverseProxy {
  let turn = 0;
  const inTurn = (): string[] => {
    const all = targets();
    const { route } = proxy;
    if (route !== 'both') return [all[route] ?? []].flat();
    const first = turn % Math.max(1, all.length);
    turn += 1;
    return [...all.slice(first), ...all.slice(0, first)].flatMap((one) => one ?? []);
  };
  const forwarding = relay(inTurn, onMissing, {
    dropped,
    headersOf: (req) => (proxy.careless ? added(req) : replaced(req)),
    onForward: (req, address) => onForward?.(req, targets().indexOf(address)),
  });
  const proxy: ReverseProxy = { ...forwarding, route: 'both', careless: false };
  return proxy;
}

const noProcess: http.RequestListener = (req, res) => {
  req.resume();
  res
    .writeHead(502, { 'Content-Type': 'text/plain; charset=utf-8' })
    .end('The proxy reaches no process of the app.\n');
};

/** What the proxy itself knows of a request. */
const known = ({ socket, headers }: http.IncomingMessage): [name: string, value: string][] => [
  [PROTO, (socket as Partial<TLSSocket>).encrypted ? 'https' : 'http'],
  [HOST, headers.host ?? ''],
  [FOR, (socket.remoteAddress ?? '').replace(/^::ffff:/, '')],
];

const isOf = (name: string) => (other: string) => other.toLowerCase() === name.toLowerCase();

/** The headers as they came, and those of the proxy in place of the same ones. */
function replaced(req: http.IncomingMessage): string[] {
  const own = known(req);
  const kept = req.rawHeaders.filter(
    (_, i, all) => !own.some(([name]) => isOf(name)(all[i - (i % 2)] ?? '')),
  );
  return [...kept, ...own.flat()];
}

/** The headers as they came, and those of the proxy that are missing; each proxy adds its client to X-Forwarded-For. */
function added(req: http.IncomingMessage): string[] {
  const own = known(req).filter(([name]) => name === FOR || req.headers[name.toLowerCase()] === undefined);
  return [...req.rawHeaders, ...own.flat()];
}
