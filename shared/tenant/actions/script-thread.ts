import fs from 'node:fs';
import path from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { transformSync } from '@swc/core';
import { ROOT } from '../../lib/places';
import { Children } from './children';
import { type Place, whereItHangs } from './hanging';
import type { FromWorker, JobResult, Output, Script, WorkerSettings } from './protocol';
import { isFromWorker, isQuestion } from './received';
import { answer } from './redirect-token';

/** One job on its way. */
export interface Run {
  /** JSON. */
  job: string;
  resolve: (result: JobResult) => void;
}

export interface ThreadOptions {
  scripts: Script[];
  /** Settings of Rules. */
  configuration: Record<string, string>;
  onOutput: (output: Output) => void;
  /** What a script did when none was running, e.g. a timer that throws. */
  onStray: (result: JobResult) => void;
}

/** What a thread tells whoever gives it work. */
export interface ThreadListener {
  /** It is free for the next run. */
  onFree: () => void;
  /** Nothing more can be done here; a run that it was given and has not begun can be taken back. */
  onSpent: () => void;
  onExit: () => void;
}

/** Megabytes of JavaScript's heap that the scripts of one thread may hold, and of Buffers beside it. */
const MEMORY = 128;

/**
 * Megabytes at which the engine itself ends a thread. It gives a thread 16 MB more to end in, and aborts the whole process when one array or
 * text needs more than that: so this is far above what a run reaches before the process is seen to grow (see Workers).
 */
const CEILING = 4096;

/** A thread in which scripts run, one run at a time, so that a script which loops, exits or throws harms its own login and no other. */
export class ScriptThread {
  readonly #worker: Worker;
  /** Where it writes which script's turn it is. */
  readonly #turn: Int32Array;
  readonly #children = new Children();
  #run: Run | undefined;
  #ready = false;
  #ended = false;
  #ending: Promise<unknown> | undefined;

  constructor(
    private readonly options: ThreadOptions,
    private readonly listener: ThreadListener,
  ) {
    const signal = new SharedArrayBuffer(8);
    const answered = new Int32Array(signal, 0, 1);
    this.#turn = new Int32Array(signal, 4, 1);
    const { port1, port2 } = new MessageChannel();
    const { scripts, configuration } = options;
    const workerData: WorkerSettings & { questions: typeof port2 } = {
      scripts,
      configuration,
      memory: MEMORY,
      root: path.join(ROOT, 'package.json'),
      signal,
      children: this.#children.memory,
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
      resourceLimits: { maxOldGenerationSizeMb: CEILING },
    });
    this.#worker = worker;
    port1.on('message', (question: unknown) => {
      if (!isQuestion(question)) return this.#misused();
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
        options.onOutput({ script: this.script, level, text: text.replace(/\n$/, '') });
      });
    worker.on('message', (message: unknown) =>
      isFromWorker(message) ? this.#heard(message) : this.#misused(),
    );
    worker.on('messageerror', () => this.#misused());
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.#fail(memory ? `used more than ${CEILING} MB of memory` : error.message);
      this.#ended = true;
    });
    worker.on('exit', () => {
      port1.close();
      this.#endChildren();
      // A thread that never came up would lose each run that it is given.
      if (this.#run && (this.#hasBegun || !this.#ready)) this.#lose('its thread ended');
      this.#ended = true;
      listener.onExit();
    });
    // A tenant that is closed is not kept alive by its scripts.
    worker.unref();
    port1.unref();
  }

  /** The run that is at work, or about to be. */
  get run(): Run | undefined {
    return this.#run;
  }

  /** Whether it is still starting. */
  get isStarting(): boolean {
    return !this.#ready && !this.#ended;
  }

  get isIdle(): boolean {
    return !this.#ended && this.#run === undefined;
  }

  /** To a thread that is idle. */
  give(run: Run): void {
    this.#run = run;
    Atomics.store(this.#turn, 0, NOBODY);
    this.#worker.postMessage(run.job);
  }

  /** The run that a spent thread, or one that ended, did not begin. */
  takeBack(): Run | undefined {
    const run = this.#run;
    this.#run = undefined;
    return run;
  }

  /** Ends the run that is at work, whatever the thread may do with it. */
  finish(result: JobResult): void {
    const run = this.takeBack();
    if (run) run.resolve(result);
    else if (!this.#ended && result.failure) this.options.onStray(result);
  }

  /** Where it is at work, by the debugger; undefined when it waits for something. */
  whereItHangs(): Promise<Place | undefined> {
    return whereItHangs(
      this.#worker,
      this.options.scripts.map(({ file }) => file),
    );
  }

  /** Ends the thread, and the processes that its scripts have started; it may be called again. */
  async end(): Promise<void> {
    this.#ended = true;
    // Each call of `terminate` adds a listener.
    this.#ending ??= this.#worker.terminate();
    // A thread may wait for one of them (execSync).
    this.#endChildren();
    await this.#ending;
  }

  /** The script that runs, or ran when the thread was lost. */
  get script(): number | undefined {
    const script = Atomics.load(this.#turn, 0);
    return this.#run && script !== NOBODY ? script : undefined;
  }

  #heard(message: FromWorker): void {
    this.#ready = true;
    if (message.type === 'output') this.options.onOutput(message.output);
    if (message.type !== 'result') return;
    const { result, spent, stray } = message;
    if (!stray) this.finish(result);
    else if (!this.#ended) this.options.onStray(result);
    if (spent) this.listener.onSpent();
    else if (!this.#ended) this.listener.onFree();
  }

  /** A script has written into the channel between its thread and the tenant, which is none of its business. */
  #misused(): void {
    this.#fail('used the thread’s own channel (worker_threads), which belongs to the tenant');
    this.listener.onSpent();
  }

  #endChildren(): void {
    for (const script of this.#children.end())
      this.options.onOutput({ script, level: 'hint', text: LEFT_RUNNING });
  }

  /** Whether the run that it has is at work. */
  get #hasBegun(): boolean {
    return Atomics.load(this.#turn, 0) !== NOBODY;
  }

  /** Something went wrong: with the run that is at work, or with what an earlier one left behind. */
  #fail(message: string): void {
    if (this.#run && this.#hasBegun) this.#lose(message);
    else if (!this.#ended) this.options.onStray({ commands: [], failure: { message, script: undefined } });
  }

  #lose(message: string): void {
    this.finish({ commands: [], failure: { message, script: this.script } });
  }
}

const LEFT_RUNNING =
  'had started a process that was still running when its thread ended: the tenant has ended that process too';

/** No script's turn. */
const NOBODY = -1;

let compiled: string | undefined;

/** The files of thread/ as one script, which needs no TypeScript compiler. */
function code(): string {
  if (compiled !== undefined) return compiled;
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
  return compiled;
}
