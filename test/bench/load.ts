import net from 'node:net';

/** One round of load, as the parent process asks for it. */
export interface Round {
  /** The connections are shared out among several. */
  port: number | readonly number[];
  /** The whole request, head and empty line. */
  request: string;
  connections: number;
  /** Milliseconds. */
  duration: number;
}

/** What a round saw. */
export interface Load {
  perSecond: number;
  /** Answers by status; anything but 200 makes a figure worthless. */
  statuses: Record<number, number>;
}

process.on('message', (round: Round) => {
  load(round).then(
    (seen) => process.send?.(seen),
    (error: Error) => process.send?.({ error: error.message }),
  );
});

/**
 * Keeps every connection busy with one request at a time. Plain sockets: Node's own HTTP client costs more than the
 * server that is measured, so the figure would be the client's.
 */
async function load({ port, request, connections, duration }: Round): Promise<Load> {
  const statuses: Record<number, number> = {};
  const from = performance.now();
  const until = from + duration;
  const count = (status: number) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
  };
  const ports = [port].flat();
  await Promise.all(
    Array.from({ length: connections }, (_, i) =>
      connection(ports[i % ports.length] ?? 0, request, until, count),
    ),
  );
  const answered = Object.values(statuses).reduce((sum, n) => sum + n, 0);
  return { perSecond: (answered * 1000) / (performance.now() - from), statuses };
}

function connection(port: number, request: string, until: number, count: (status: number) => void) {
  return new Promise<void>((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    let seen = '';
    let finished = false;
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(request));
    socket.on('data', (text) => {
      seen += text;
      const end = endOfAnswer(seen);
      if (end === undefined || seen.length < end) return;
      count(Number(seen.slice(9, 12)));
      seen = seen.slice(end);
      if (performance.now() < until) {
        socket.write(request);
        return;
      }
      finished = true;
      socket.end();
      resolve();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      if (!finished) reject(new Error('the server closed a connection within a round'));
    });
  });
}

/** Where the first answer ends, once its head is whole; every answer here has a Content-Length. */
function endOfAnswer(seen: string): number | undefined {
  const head = seen.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(seen.slice(0, head))?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${seen.slice(0, 80)}`);
  return head + 4 + Number(length);
}
