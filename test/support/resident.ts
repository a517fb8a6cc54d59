import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { HAS_LINE, LINE, STREAMS } from '../../shared/app-runner/ipc-messages';
import { withoutSettings } from '../../shared/app-runner/start-app';
import { REGISTER } from '../../shared/lib/places';

/** The messages to a resident process. */
export type Demand =
  /** Files of packages that remain loaded. */
  | { load: readonly string[] }
  /** Runs the app that is in its folder, with these settings. */
  | { go: Record<string, string> }
  /** Takes away what the app had, which got these settings. */
  | { end: Record<string, string> };

/** What it reports: that it has heard of the end, and then what the app left behind. */
export type Ended = { ending: true } | { ended: readonly string[] };

/** Ends what an app wrote to a stream. */
export const LAST_WORD = '\0the end\0';

/** Milliseconds until a process must have heard that its app is to end, unless the app runs an infinite loop; and until it has ended then. */
const [HEARS_WITHIN, ENDS_WITHIN] = [300, 2000];

/**
 * A process in which one app after another runs, each as in a process of its own. Packages remain loaded. When an app ends the process, hangs
 * in it or leaves anything behind, the next app gets a new process.
 */
export class Resident {
  #child: ChildProcess | undefined;
  /** Processes that were started, and what apps left behind in those that could not be used again. */
  readonly seen = { started: 0, left: [] as string[] };

  constructor(
    readonly folder: string,
    readonly packages: readonly string[],
  ) {}

  /** Begins the app that is in the folder now. To the workshop this is an app's process: it ends when it is killed. */
  async take(env: Record<string, string>): Promise<ChildProcess | undefined> {
    this.#child ??= await this.#start();
    const child = this.#child;
    if (!child) return undefined;
    const lease = new Lease(child, env, (left) => {
      this.seen.left.push(...left);
      if (left.length > 0) this.close();
    });
    child.send({ go: env } satisfies Demand, () => {});
    return lease as unknown as ChildProcess;
  }

  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #start(): Promise<ChildProcess | undefined> {
    this.seen.started += 1;
    const child = spawn(process.execPath, ['-r', REGISTER, path.join(__dirname, 'resident-main.ts')], {
      cwd: this.folder,
      env: { ...withoutSettings(process.env), [HAS_LINE]: '1' },
      stdio: STREAMS,
    });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8');
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    child.send({ load: this.packages } satisfies Demand, () => {});
    const ready = await Promise.race([
      once(child, 'message').then(() => true),
      once(child, 'exit').then(() => false),
    ]);
    return ready ? child : undefined;
  }
}

/** As many processes as an app has at the same time: each takes one app after another. */
export class Residents {
  readonly #all: Resident[];
  readonly #busy = new Set<Resident>();

  constructor(count: number, ...of: ConstructorParameters<typeof Resident>) {
    this.#all = Array.from({ length: count }, () => new Resident(...of));
  }

  async take(env: Record<string, string>): Promise<ChildProcess | undefined> {
    const free = this.#all.find((one) => !this.#busy.has(one));
    if (!free) return undefined;
    this.#busy.add(free);
    const lease = await free.take(env);
    if (lease) lease.once('exit', () => this.#busy.delete(free));
    else this.#busy.delete(free);
    return lease;
  }

  /** Processes that were started, and what apps left behind in those that could not be used again. */
  get seen(): Resident['seen'] {
    return {
      started: this.#all.reduce((sum, { seen }) => sum + seen.started, 0),
      left: this.#all.flatMap(({ seen }) => seen.left),
    };
  }

  close(): void {
    for (const one of this.#all) one.close();
  }
}

/** One app's turn in the process, which looks to startApp() like a process of its own. */
class Lease extends EventEmitter {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly stdio: unknown[];
  connected = true;
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  #ending = false;
  /** What is still to come at the end: the last words of both streams, and that it has ended. */
  #awaited = 3;
  #left: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #unhook: (() => void)[] = [];

  constructor(
    readonly child: ChildProcess,
    readonly env: Record<string, string>,
    readonly onEnd: (left: readonly string[]) => void,
  ) {
    super();
    this.stdio = [null, this.stdout, this.stderr, null, this.#line()];
    this.#on(child, 'message', (words) => {
      const ended = words as Ended;
      if ('ending' in ended) this.#within(ENDS_WITHIN);
      else if ('ended' in ended) {
        this.#left = ended.ended;
        this.#oneLess();
      } else this.emit('message', words);
    });
    this.#on(child, 'disconnect', () => {
      this.connected = false;
      this.emit('disconnect');
    });
    this.#on(child, 'exit', (code, signal) => {
      [this.exitCode, this.signalCode] = [code as number | null, signal as NodeJS.Signals | null];
      this.emit('exit', code, signal);
    });
    this.#on(child, 'close', () => this.#closed());
    for (const name of ['stdout', 'stderr'] as const)
      if (child[name])
        this.#on(child[name], 'data', (text) => {
          const [words = '', ...end] = String(text).split(LAST_WORD);
          this[name].write(words);
          if (end.length > 0) this.#oneLess();
        });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(words: unknown, done?: (error: Error | null) => void): boolean {
    return this.child.send(words as string, done);
  }

  /** Whatever the signal: the app ends, and the process goes on, unless the app does not let it. */
  kill(): boolean {
    if (this.#ending || this.exitCode !== null || this.signalCode !== null) return true;
    this.#ending = true;
    this.child.send({ end: this.env } satisfies Demand, () => {});
    this.#within(HEARS_WITHIN);
    return true;
  }

  #within(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.child.kill('SIGKILL'), ms);
  }

  #oneLess(): void {
    this.#awaited -= 1;
    if (this.#awaited > 0) return;
    this.onEnd(this.#left);
    this.connected = false;
    this.exitCode = 0;
    this.emit('exit', 0, null);
    this.emit('disconnect');
    this.#closed();
  }

  #closed(): void {
    clearTimeout(this.#timer);
    for (const one of this.#unhook.splice(0)) one();
    for (const stream of [this.stdout, this.stderr]) stream.end();
    this.emit('close');
  }

  /** The line to the stack sampler, which was there before the app. */
  #line(): Duplex {
    const line = this.child.stdio[LINE] as Duplex;
    const own = new Duplex({ read: () => {}, write: (chunk, _, done) => void line.write(chunk, done) });
    this.#on(line, 'data', (piece) => own.push(piece));
    own.push('ready\n');
    return own;
  }

  #on(
    emitter: EventEmitter | Duplex | NodeJS.ReadableStream,
    event: string,
    listener: (...words: unknown[]) => void,
  ): void {
    emitter.on(event, listener);
    this.#unhook.push(() => void emitter.off(event, listener));
  }
}
