import fs from 'node:fs';
import path from 'node:path';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { transformSync } from '@swc/core';
import { ROOT } from '../../party/places';
import { whereItHangs } from './hanging';
import type { FromWorker, Job, JobResult, Output, Question, Script, WorkerSettings } from './protocol';
import { answer } from './redirect-token';

export interface WorkersOptions {
  scripts: Script[];
  /** Settings of Rules. */
  configuration: Record<string, string>;
  /** Milliseconds that one run may take. */
  timeLimit: number;
  onOutput: (output: Output) => void;
  /** What a script did when none was running, e.g. a timer that throws. */
  onStray: (result: JobResult) => void;
}

/** Threads at a time: more log-ins than that wait for one another. */
const MOST = 16;
/**
 * Milliseconds that a run waits for a thread that is at work before it gets a new one. Most scripts are done in one or two, and are done
 * sooner one after the other than by many threads on few cores.
 */
const PATIENCE = 50;
/** Milliseconds after which a thread ends that nobody needed; one is always kept. */
const IDLE = 30_000;
/** Megabytes that the scripts of one thread may hold. */
const MEMORY = 128;

interface Thread {
  worker: Worker;
  run: { resolve: (result: JobResult) => void; timer: NodeJS.Timeout } | undefined;
  /** Where it writes which script's turn it is. */
  turn: Int32Array;
  ended: boolean;
  /** Ends it when it is not needed. */
  retiring?: NodeJS.Timeout;
}

/**
 * The threads in which scripts run. A thread has one run at a time, so that a script which loops, exits or throws harms its own
 * log-in and no other; then the thread is replaced. A save of a script makes new workers.
 */
export class Workers {
  readonly #threads = new Set<Thread>();
  readonly #idle: Thread[] = [];
  readonly #waiting: ((thread: Thread) => void)[] = [];
  readonly #whenEmpty: (() => void)[] = [];
  #closed = false;

  constructor(private readonly options: WorkersOptions) {
    if (options.scripts.some((script) => !script.broken)) this.#idle.push(this.#start());
  }

  /** Never rejects: what goes wrong is in the result. */
  async run(job: Job): Promise<JobResult> {
    const thread = await this.#take();
    return new Promise((resolve) => {
      const timer = setTimeout(() => void this.#giveUp(thread), this.options.timeLimit);
      thread.run = { resolve, timer };
      Atomics.store(thread.turn, 0, NOBODY);
      thread.worker.postMessage(JSON.stringify(job));
    });
  }

  /** Ends the threads, idle ones at once, others when their run is over; fulfilled when there are none left. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const thread of this.#idle.splice(0)) void this.#end(thread);
    if (this.#threads.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  /** As `close`, and breaks off what is running. */
  async stop(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)));
  }

  #take(): Promise<Thread> | Thread {
    const free = this.#idle.pop();
    clearTimeout(free?.retiring);
    if (free) return free;
    if (this.#threads.size === 0) return this.#start();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      setTimeout(() => {
        const at = this.#waiting.indexOf(resolve);
        if (at < 0 || this.#threads.size >= MOST) return;
        this.#waiting.splice(at, 1);
        resolve(this.#start());
      }, PATIENCE);
    });
  }

  #start(): Thread {
    const signal = new SharedArrayBuffer(8);
    const answered = new Int32Array(signal, 0, 1);
    const { port1, port2 } = new MessageChannel();
    const { scripts, configuration } = this.options;
    const workerData: WorkerSettings & { questions: MessagePort } = {
      scripts,
      configuration,
      root: path.join(ROOT, 'package.json'),
      signal,
      questions: port2,
    };
    const worker = new Worker(code(), {
      eval: true,
      workerData,
      transferList: [port2],
      // Neither the tenant's settings nor how it was started are the scripts' business.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY },
    });
    const thread: Thread = { worker, run: undefined, turn: new Int32Array(signal, 4, 1), ended: false };
    this.#threads.add(thread);
    port1.on('message', (question: Question) => {
      void answer(question).then((reply) => {
        port1.postMessage(reply);
        Atomics.store(answered, 0, 1);
        Atomics.notify(answered, 0);
      });
    });
    for (const [stream, level] of [
      [worker.stdout, 'log'],
      [worker.stderr, 'error'],
    ] as const)
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.options.onOutput({ script: turnOf(thread), level, text: text.replace(/\n$/, '') });
      });
    worker.on('message', (message: FromWorker) => this.#heard(thread, message));
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const message = memory ? `used more than ${MEMORY} MB of memory` : error.message;
      this.#finish(thread, { commands: [], failure: { message, script: turnOf(thread) } });
    });
    worker.on('exit', () => {
      port1.close();
      thread.ended = true;
      this.#finish(thread, {
        commands: [],
        failure: { message: 'its thread ended', script: turnOf(thread) },
      });
      this.#replace(thread);
    });
    // A tenant that is closed is not kept alive by its scripts.
    worker.unref();
    port1.unref();
    return thread;
  }

  #heard(thread: Thread, message: FromWorker): void {
    if (message.type === 'output') this.options.onOutput(message.output);
    if (message.type !== 'result') return;
    this.#finish(thread, message.result);
    if (message.spent) void this.#end(thread);
    else if (!thread.ended) this.#release(thread);
  }

  #finish(thread: Thread, result: JobResult): void {
    const { run } = thread;
    thread.run = undefined;
    if (run) {
      clearTimeout(run.timer);
      run.resolve(result);
    } else if (!thread.ended && result.failure) this.options.onStray(result);
  }

  #release(thread: Thread): void {
    const next = this.#waiting.shift();
    if (next) next(thread);
    else if (this.#closed) void this.#end(thread);
    else {
      this.#idle.push(thread);
      thread.retiring = setTimeout(() => {
        if (this.#threads.size > 1) void this.#end(thread);
      }, IDLE).unref();
    }
  }

  /** The time is over. */
  async #giveUp(thread: Thread): Promise<void> {
    const { run } = thread;
    const script = turnOf(thread);
    const files = this.options.scripts.map(({ file }) => file);
    const at = await whereItHangs(thread.worker, files);
    if (thread.run !== run) return;
    const seconds = this.options.timeLimit / 1000;
    const message = `did not finish within ${seconds} s${at ? ': it was still working' : ': something that it waits for never came'}`;
    const failure = { message, script: at ? at.file : script, ...(at ? { line: at.line } : {}) };
    this.#finish(thread, { commands: [], failure });
    await this.#end(thread);
  }

  async #end(thread: Thread): Promise<void> {
    thread.ended = true;
    clearTimeout(thread.retiring);
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
    await thread.worker.terminate();
  }

  #replace(thread: Thread): void {
    this.#threads.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#threads.size === 0 && this.#waiting.length === 0)
      for (const done of this.#whenEmpty.splice(0)) done();
    if (this.#closed && this.#waiting.length === 0) return;
    const next = this.#waiting.shift();
    if (next) next(this.#start());
    else if (this.#threads.size === 0) this.#idle.push(this.#start());
  }
}

/** No script's turn. */
const NOBODY = -1;

/** The script that a thread runs, or ran when it was lost. */
function turnOf({ run, turn }: Thread): number | undefined {
  const script = Atomics.load(turn, 0);
  return run && script !== NOBODY ? script : undefined;
}

let compiled: string | undefined;

/** The files of thread/ as one script, which needs no TypeScript compiler. */
function code(): string {
  if (compiled === undefined) {
    const folder = path.join(__dirname, 'thread');
    const files = fs.readdirSync(folder).map((name): [string, string] => {
      const filename = path.join(folder, name);
      const { code: text } = transformSync(fs.readFileSync(filename, 'utf8'), {
        filename,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      return [`./${path.parse(name).name}`, text];
    });
    compiled = `const files = ${JSON.stringify(Object.fromEntries(files))};
const made = {};
function load(name) {
  if (!(name in files)) return require(name);
  if (!made[name]) {
    made[name] = { exports: {} };
    new Function('require', 'module', 'exports', files[name])(load, made[name], made[name].exports);
  }
  return made[name].exports;
}
load('./main');`;
  }
  return compiled;
}
