import { AsyncLocalStorage } from 'node:async_hooks';
import { whenParentEnds } from './parent';

/** An output stream of a command: a terminal, a pipe, or what a test reads. */
export type Output = NodeJS.WritableStream & {
  isTTY?: boolean | undefined;
  columns?: number | undefined;
};

/** What a command reads from its surroundings and changes there. At a shell this is its process. */
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
  /** Calls `stop` on SIGINT (Ctrl-C), on SIGTERM, and when the npm that runs the command has ended. @returns a function that removes `stop`. */
  onSignal(stop: () => void): () => void;
}

const current = new AsyncLocalStorage<CommandContext>();

/** The context of the current command: the process, or the context given to `runInContext`. Commands read
 * environment, folder and streams from here, so one process can run several of them, one after another. */
export const commandContext = (): CommandContext => current.getStore() ?? OF_PROCESS;

/** Runs a command, and everything that it starts, in its own context. */
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
    // Started otherwise, for example with nohup, a command may outlive its shell.
    const unwatch = process.env.npm_lifecycle_event === undefined ? undefined : whenParentEnds(stop);
    return () => {
      unwatch?.();
      for (const signal of SIGNALS) process.off(signal, stop);
    };
  },
};
