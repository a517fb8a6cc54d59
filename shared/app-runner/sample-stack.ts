import type { ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Stacks } from './agent/stack-sampler';
import { LINE, LOCATION_WITHIN, SHARE, SHARE_WITHIN } from './ipc-messages';
import { placeIn } from './stack-trace';
import { timeToHear } from './time-to-hear';

/** The current location of an app in its own files, such as "server.ts:12". */
export interface CurrentLocation {
  busy?: string | undefined;
  /** Whether it is loading a file or a package. */
  loading: boolean;
  /** What it awaits, innermost first; known until it listens. */
  waits: readonly string[];
  /** Milliseconds of processor time that it used. */
  cpu: number;
}

const readySamplers = new WeakSet<ChildProcess>();
const lineOf = (child: ChildProcess | undefined) => child?.stdio[LINE] as Duplex | null | undefined;

/** Notes when an app's stack sampler is ready. */
export function listenToSampler(child: ChildProcess): void {
  lineOf(child)
    ?.once('data', () => readySamplers.add(child))
    .on('error', () => {});
}

/** Whether its stack sampler is ready: until then the process itself is starting. */
export const isSamplerReady = (child: ChildProcess): boolean => readySamplers.has(child);

/** Asks an app for its location, even in an infinite loop. Undefined for an app that waits for the system, or that the
 * workshop did not start. */
export async function askLocation(
  child: ChildProcess | undefined,
  folder: string,
): Promise<CurrentLocation | undefined> {
  const line = lineOf(child);
  if (!line?.writable) return undefined;
  const answer = await ask(line, 'where', /^\{.*\}$/m, LOCATION_WITHIN);
  return answer === undefined ? undefined : locationIn(JSON.parse(answer), folder);
}

let questions = 0;

/** Whether the machine leaves an app's process no processor time, so that a time limit proves nothing. The sampler's
 * thread does some work for this, also while the app waits. */
export async function isStarved(child: ChildProcess): Promise<boolean> {
  const line = lineOf(child);
  if (!line?.writable) return false;
  questions += 1;
  const answer = new RegExp(`^share ${questions}$`, 'm');
  return (await ask(line, `share ${SHARE} ${questions}`, answer, SHARE_WITHIN)) === undefined;
}

/** Undefined when no answer comes in time: the app cannot be interrupted, or has ended. */
async function ask(line: Duplex, question: string, answer: RegExp, ms: number): Promise<string | undefined> {
  let text = '';
  try {
    line.write(`${question}\n`);
    for await (const [piece] of on(line, 'data', { signal: timeToHear(ms) })) {
      text += piece;
      const found = answer.exec(text);
      if (found) return found[0];
    }
  } catch {
    // The caller knows what no answer means.
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
