import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { transformSync } from '@swc/core';
import { ROOT } from '../../lib/places';
import { Children } from './children';
import { type Place, whereItHangs } from './hanging';
import type { FromWorker, JobResult, Output, Script, WorkerSettings } from './protocol';
import { isFromWorker, isQuestion } from './received';
import { answer } from './redirect-token';

export interface Run {
  /** JSON. */
  job: string;
  resolve: (result: JobResult) => void;
}

export interface ThreadOptions {
  scripts: Script[];
  configuration: Record<string, string>;
  onOutput: (output: Output) => void;
  /** What a script does while none runs, e.g. a timer that throws. */
  onStray: (result: JobResult) => void;
}

export interface ThreadListener {
  onFree: () => void;
  /** The thread must not be used again; a run that has not begun can be taken back. */
  onSpent: () => void;
  onExit: () => void;
}

/** Megabytes of JavaScript's heap for the scripts of one thread, and the same for Buffers. */
const MEMORY = 128;

/** Megabytes at which the engine ends a thread, far above the limit of Workers: the engine aborts the whole process
 * when one array exceeds it by more than 16 MB. */
const CEILING = 4096;

/** A thread that runs scripts, one run at a time: one that loops, exits or throws fails only its own login. */
export class ScriptThread {
  readonly #worker: Worker;
  /** The index of the current script. */
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
      // Scripts must not see the tenant's settings or arguments.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: CEILING },
    });
    this.#worker = worker;
    this.#answerQuestions(port1, new Int32Array(signal, 0, 1));
    this.#printed(worker.stdout, 'log');
    this.#printed(worker.stderr, 'error');
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
      // A thread that never started would lose each run that it gets.
      if (this.#run && (this.#hasBegun || !this.#ready)) this.#lose('its thread ended');
      this.#ended = true;
      listener.onExit();
    });
    // Threads do not keep a closed tenant alive.
    worker.unref();
    port1.unref();
  }

  get run(): Run | undefined {
    return this.#run;
  }

  get isStarting(): boolean {
    return !this.#ready && !this.#ended;
  }

  get isIdle(): boolean {
    return !this.#ended && this.#run === undefined;
  }

  /** Only to an idle thread. */
  give(run: Run): void {
    this.#run = run;
    Atomics.store(this.#turn, 0, NOBODY);
    this.#worker.postMessage(run.job);
  }

  /** The run that a spent or ended thread did not begin. */
  takeBack(): Run | undefined {
    const run = this.#run;
    this.#run = undefined;
    return run;
  }

  finish(result: JobResult): void {
    const run = this.takeBack();
    if (run) run.resolve(result);
    else if (!this.#ended && result.failure) this.options.onStray(result);
  }

  whereItHangs(): Promise<Place | undefined> {
    return whereItHangs(
      this.#worker,
      this.options.scripts.map(({ file }) => file),
    );
  }

  /** Ends the thread and the processes that its scripts started; may be called again. */
  async end(): Promise<void> {
    this.#ended = true;
    // Each call of `terminate` adds a listener.
    this.#ending ??= this.#worker.terminate();
    // A thread may be waiting for one of them (execSync).
    this.#endChildren();
    await this.#ending;
  }

  /** The current script, or the last one when the thread was lost. */
  get script(): number | undefined {
    const script = Atomics.load(this.#turn, 0);
    return this.#run && script !== NOBODY ? script : undefined;
  }

  #answerQuestions(port: MessagePort, answered: Int32Array): void {
    port.on('message', (question: unknown) => {
      if (!isQuestion(question)) return this.#misused();
      void answer(question).then((reply) => {
        port.postMessage(reply);
        Atomics.store(answered, 0, 1);
        Atomics.notify(answered, 0);
      });
    });
  }

  #printed(stream: Readable, level: 'log' | 'error'): void {
    stream.setEncoding('utf8').on('data', (text: string) => {
      this.options.onOutput({ script: this.script, level, text: text.replace(/\n$/, '') });
    });
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

  /** A script wrote into the channel between its thread and the tenant. */
  #misused(): void {
    this.#fail('used the thread’s own channel (worker_threads), which belongs to the tenant');
    this.listener.onSpent();
  }

  #endChildren(): void {
    for (const script of this.#children.end())
      this.options.onOutput({ script, level: 'hint', text: LEFT_RUNNING });
  }

  get #hasBegun(): boolean {
    return Atomics.load(this.#turn, 0) !== NOBODY;
  }

  /** An error in the current run, or in what an earlier run left behind. */
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
