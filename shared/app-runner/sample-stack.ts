import type { ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Stacks } from './agent/stack-sampler';
import { LINE, SAYS_WHERE_WITHIN } from './ipc-messages';
import { placeIn } from './stack-trace';

/** Where an app is that does not get on, in its own files: "server.ts:12". */
export interface CurrentLocation {
  busy?: string | undefined;
  /** Whether it is loading a file or a package, there or before the first of its own files runs. */
  loading: boolean;
  /** What it awaits, innermost first; known until it listens. */
  waits: readonly string[];
  /** Milliseconds of processor time that it has had. */
  cpu: number;
}

const readySamplers = new WeakSet<ChildProcess>();
const lineOf = (child: ChildProcess | undefined) => child?.stdio[LINE] as Duplex | null | undefined;

/** Begins to hear an app's stack sampler. */
export function listenToSampler(child: ChildProcess): void {
  lineOf(child)
    ?.once('data', () => readySamplers.add(child))
    .on('error', () => {});
}

/** Whether its stack sampler is there: before, the process itself is still starting. */
export const isSamplerReady = (child: ChildProcess): boolean => readySamplers.has(child);

/**
 * Asks an app where it is, also one that is in an infinite loop.
 *
 * @returns undefined when it does not tell: it waits for the system, or was not started by the workshop.
 */
export async function askLocation(
  child: ChildProcess | undefined,
  folder: string,
): Promise<CurrentLocation | undefined> {
  const line = lineOf(child);
  if (!line?.writable) return undefined;
  let said = '';
  try {
    line.write('?');
    for await (const [piece] of on(line, 'data', { signal: AbortSignal.timeout(SAYS_WHERE_WITHIN) })) {
      said += piece;
      const answer = /^\{.*\}$/m.exec(said);
      if (answer) return locationIn(JSON.parse(answer[0]), folder);
    }
  } catch {
    // It cannot be interrupted, or has ended.
  }
  return undefined;
}

export function locationIn({ busy, waits, cpu }: Stacks, folder: string): CurrentLocation {
  const lines = busy.split('\n');
  const own = lines.findIndex((line) => placeIn(line, folder));
  const inside = own < 0 ? lines : lines.slice(0, own);
  const loading = inside.some((line) => /node:internal\/modules\//.test(line));
  return { busy: placeIn(busy, folder), loading, waits: placesIn(waits, folder), cpu };
}

const placesIn = (stacks: readonly string[], folder: string) => [
  ...new Set(stacks.flatMap((stack) => placeIn(stack, folder) ?? [])),
];
