import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentEvent } from './agent';
import type { Synchronise, Written } from './ipc-messages';
import type { Output } from './output';
import { askLocation, isStarved } from './sample-stack';

/** Milliseconds until a running app must have answered. */
const PATIENCE = 5000;
/** Milliseconds between two looks at an app that has not answered yet. */
const LOOK_AFTER = 500;
/** Milliseconds for an app with an earlier question unanswered. */
const SHORT_PATIENCE = 100;
/** Milliseconds of processor time between two looks: with less, the machine is busy and the app is in no loop. */
const AT_WORK = 200;

/** An app's reports, output and end come by channels of their own, and each may be slower than its answers. This waits
 * for everything that the app reported and wrote before the call. */
export class Synchroniser {
  readonly #waiting = new Map<number, (written: Written | undefined) => void>();
  #asked = 0;
  /** The first question that was given up without an answer. */
  #unanswered: number | undefined;
  #over = false;

  /** @param ended resolves once the process has ended and its channels are read. */
  constructor(
    readonly child: ChildProcess,
    readonly folder: string,
    readonly output: Output,
    ended: Promise<void>,
  ) {
    child.on('message', (message: AgentEvent) => {
      if (typeof message === 'object' && message !== null && 'synchronised' in message)
        this.#answer(message.synchronised);
    });
    void ended.then(() => {
      this.#over = true;
      for (const resolve of this.#waiting.values()) resolve(undefined);
    });
  }

  /** Whether everything has arrived; false for an app that hangs or has ended. A caller who knows that the app only waits
   * says `within` how many milliseconds it must answer. Longer on a machine that leaves the app no time. */
  async synchronise(within?: number): Promise<boolean> {
    if (this.#over) return false;
    let end = performance.now() + (within ?? (this.#unanswered === undefined ? PATIENCE : SHORT_PATIENCE));
    const stop = new AbortController();
    const answer = this.#ask();
    let cpu: number | undefined;
    let starved = false;
    try {
      for (;;) {
        const left = end - performance.now();
        if (left <= 0) {
          if (starved || !(await isStarved(this.child))) break;
          starved = true;
          end += PATIENCE;
          continue;
        }
        const pause = delay(Math.min(left, LOOK_AFTER), undefined, { signal: stop.signal }).catch(() => {});
        const arrived = await Promise.race([answer.arrived, pause]);
        if (arrived !== undefined) return arrived;
        if (end - performance.now() < LOOK_AFTER) continue;
        const where = await askLocation(this.child, this.folder);
        if (where?.busy === undefined) continue;
        if (cpu !== undefined && where.cpu - cpu >= AT_WORK) break;
        cpu = where.cpu;
      }
    } finally {
      stop.abort();
    }
    // The answer may have come meanwhile.
    if (!this.#waiting.has(answer.id)) return await answer.arrived;
    this.#unanswered ??= answer.id;
    return false;
  }

  #ask(): { id: number; arrived: Promise<boolean> } {
    this.#asked += 1;
    const id = this.#asked;
    const written = new Promise<Written | undefined>((resolve) => this.#waiting.set(id, resolve));
    if (this.child.connected) this.child.send({ synchronise: id } satisfies Synchronise, () => {});
    const arrived = written.then(async (bytes) => {
      if (bytes) await this.output.arrived(bytes);
      return bytes !== undefined;
    });
    return { id, arrived };
  }

  #answer({ id, written }: { id: number; written: Written }): void {
    this.#waiting.get(id)?.(written);
    this.#waiting.delete(id);
    if (this.#unanswered !== undefined && this.#unanswered <= id) this.#unanswered = undefined;
  }
}
