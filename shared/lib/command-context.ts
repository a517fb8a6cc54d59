import { AsyncLocalStorage } from 'node:async_hooks';

/** An output stream of a command: a terminal, a pipe, or what a test reads. */
export type Output = NodeJS.WritableStream & {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
};

/** What a command takes from its surroundings, and what it leaves there. At a shell this is its process. */
export interface CommandContext {
  /** As `process.argv`: Node.js, the script, the arguments. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The folder where relative paths begin. */
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean | undefined };
  readonly stdout: Output;
  readonly stderr: Output;
  /** The exit code of a command that ends by itself. */
  exitCode: number;
  /** Ends the command now. At a shell this call doesn't return. */
  exit(code: number): void;
  /**
   * Calls `stop` when the command must end: on SIGINT (Ctrl-C) and on SIGTERM.
   *
   * @returns a function that takes `stop` away again.
   */
  onSignal(stop: () => void): () => void;
}

const current = new AsyncLocalStorage<CommandContext>();

/**
 * The context of the command that runs now: the process, or what `runInContext` was given. Commands and all that they call read the
 * environment, the folder and the streams from here, so that several commands can run in one process, one after another, each in its own context.
 */
export const commandContext = (): CommandContext => current.getStore() ?? OF_PROCESS;

/** Runs a command, and everything that it starts, in a context of its own. */
export const runInContext = <T>(context: CommandContext, work: () => T): T => current.run(context, work);

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const OF_PROCESS: CommandContext = {
  get argv() {
    return process.argv;
  },
  get env() {
    return process.env;
  },
  get cwd() {
    return process.cwd();
  },
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  get exitCode() {
    return Number(process.exitCode ?? 0);
  },
  set exitCode(code) {
    process.exitCode = code;
  },
  exit: (code) => process.exit(code),
  onSignal: (stop) => {
    for (const signal of SIGNALS) process.on(signal, stop);
    return () => {
      for (const signal of SIGNALS) process.off(signal, stop);
    };
  },
};
