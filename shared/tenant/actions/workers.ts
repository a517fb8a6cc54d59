import type { Job, JobResult } from './protocol';
import { type Run, ScriptThread, type ThreadOptions } from './script-thread';

export interface WorkersOptions extends ThreadOptions {
  /** Milliseconds for each run. */
  timeLimit: number;
}

/** Threads at a time; further logins wait. */
const MOST = 16;
/** Milliseconds that a run waits for a busy thread before another one starts: most scripts take one or two, and run
 * faster one after the other than on many threads with few cores. */
const PATIENCE = 50;
/** Milliseconds after which an unused thread ends; one always remains. */
const IDLE = 30_000;

/** Bytes by which the process may grow during one run, and milliseconds between two checks. */
const MOST_GROWTH = 512 * 2 ** 20;
const LOOK_EVERY = 50;

/** The last known value if the system does not report one, as when no more files can be opened. */
function rss(): number {
  try {
    lastRss = process.memoryUsage.rss();
  } catch {
    // The next check reads it again.
  }
  return lastRss;
}
let lastRss = 0;

const STOPPED: JobResult = {
  commands: [],
  failure: { message: 'the tenant was stopped', script: undefined },
  brokenOff: true,
};

interface Place {
  thread: ScriptThread;
  /** Milliseconds at the start of its run, and the fewest bytes that the process has had since. */
  since: number;
  memory: number;
  /** Ends a run that takes too long. */
  limit?: NodeJS.Timeout | undefined;
  retiring?: NodeJS.Timeout | undefined;
}

/** A pool: each run gets a free thread, and a spent one is replaced. A save of a script makes a new pool. */
export class Workers {
  readonly #places = new Set<Place>();
  readonly #waiting: Run[] = [];
  readonly #whenEmpty: (() => void)[] = [];
  #impatience: NodeJS.Timeout | undefined;
  #memoryWatch: NodeJS.Timeout | undefined;
  #closed = false;
  #stopped = false;

  constructor(private readonly options: WorkersOptions) {
    if (options.scripts.some((script) => !script.broken)) this.#start();
  }

  /** Never rejects: what goes wrong is in the result. */
  run(job: Job): Promise<JobResult> {
    if (this.#stopped) return Promise.resolve(STOPPED);
    return new Promise((resolve) => {
      // The stop ended the thread: the run itself did not fail.
      const settle = (result: JobResult) => resolve(this.#stopped && result.failure ? STOPPED : result);
      this.#waiting.push({ job: JSON.stringify(job), resolve: settle });
      this.#assign();
    });
  }

  /** Ends the threads, busy ones after their run; fulfilled when none is left. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const place of [...this.#places]) if (place.thread.isIdle) void this.#end(place);
    if (this.#places.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  async stop(): Promise<void> {
    this.#closed = this.#stopped = true;
    for (const run of this.#waiting.splice(0)) run.resolve(STOPPED);
    await Promise.all([...this.#places].map((place) => this.#end(place)));
  }

  #assign(): void {
    if (this.#stopped) return;
    for (const place of this.#places) {
      if (!place.thread.isIdle) continue;
      const run = this.#waiting.shift();
      if (!run) return;
      this.#give(place, run);
    }
    if (this.#waiting.length === 0) return;
    if (this.#places.size === 0) {
      this.#start();
      this.#assign();
    } else this.#impatience ??= setTimeout(() => this.#hurry(), PATIENCE);
  }

  /** Threads start one at a time: many at once are slower, and often one is enough. */
  #hurry(): void {
    this.#impatience = undefined;
    if (this.#waiting.length === 0) return;
    const starting = [...this.#places].some(({ thread }) => thread.isStarting);
    if (!starting && this.#places.size < MOST) this.#start();
    this.#assign();
  }

  #give(place: Place, run: Run): void {
    clearTimeout(place.retiring);
    place.limit = setTimeout(() => void this.#giveUp(place, run), this.options.timeLimit);
    place.since = performance.now();
    place.memory = rss();
    place.thread.give(run);
    this.#watchMemory();
  }

  #start(): void {
    const place: Place = {
      since: 0,
      memory: 0,
      thread: new ScriptThread(this.options, {
        onFree: () => this.#free(place),
        onSpent: () => void this.#end(place),
        onExit: () => this.#replace(place),
      }),
    };
    this.#places.add(place);
  }

  #free(place: Place): void {
    clearTimeout(place.limit);
    this.#assign();
    if (!place.thread.isIdle) return;
    if (this.#closed) void this.#end(place);
    else
      place.retiring = setTimeout(() => {
        if (this.#places.size > 1) void this.#end(place);
      }, IDLE).unref();
  }

  /** A thread that fills its heap has no turn to count it. Only the growth of the process is visible; the longest run
   * is the most likely cause. */
  #watchMemory(): void {
    this.#memoryWatch ??= setInterval(() => {
      const busy = [...this.#places].filter(({ thread }) => thread.run);
      if (busy.length === 0) {
        clearInterval(this.#memoryWatch);
        this.#memoryWatch = undefined;
        return;
      }
      const now = rss();
      // What others free during a run would hide as much growth.
      for (const one of busy) one.memory = Math.min(one.memory, now);
      const [place] = busy
        .filter(({ memory }) => now - memory >= MOST_GROWTH)
        .sort((a, b) => a.since - b.since);
      if (!place) return;
      // Count again for the others: this thread may have caused the growth.
      for (const one of busy) one.memory = now;
      const { script } = place.thread;
      const message = `was at work while the process grew by ${MOST_GROWTH / 2 ** 20} MB`;
      place.thread.finish({ commands: [], failure: { message, script } });
      void this.#end(place);
    }, LOOK_EVERY).unref();
  }

  async #giveUp(place: Place, run: Run): Promise<void> {
    const { thread } = place;
    const { script } = thread;
    const at = await thread.whereItHangs();
    if (thread.run !== run) return;
    const seconds = this.options.timeLimit / 1000;
    const message = `did not finish within ${seconds} s${at ? ': it was still working' : ': something that it waits for never came'}`;
    const failure = { message, script: at ? at.file : script, ...(at ? { line: at.line } : {}) };
    thread.finish({ commands: [], failure });
    await this.#end(place);
  }

  async #end(place: Place): Promise<void> {
    clearTimeout(place.limit);
    clearTimeout(place.retiring);
    // Unless all is stopped, a thread ends after its run: a further run has not begun.
    const run = this.#stopped ? undefined : place.thread.takeBack();
    const ended = place.thread.end();
    if (run) this.#waiting.unshift(run);
    this.#assign();
    await ended;
  }

  #replace(place: Place): void {
    clearTimeout(place.limit);
    this.#places.delete(place);
    const run = place.thread.takeBack();
    if (run && this.#stopped) run.resolve(STOPPED);
    else if (run) this.#waiting.unshift(run);
    this.#assign();
    if (this.#places.size > 0) return;
    if (!this.#closed) this.#start();
    else for (const done of this.#whenEmpty.splice(0)) done();
  }
}
