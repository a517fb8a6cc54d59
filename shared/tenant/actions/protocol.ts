/** The messages between the tenant and its workers. Types only: a worker runs without the rest of the repository. */
import type { Script } from '../config/scripts';

export type { Script };

/** What a worker is made with. */
export interface WorkerSettings {
  scripts: Script[];
  /** From where packages are taken that the script's own folder has not. */
  root: string;
  /** Settings of Rules: `configuration`. */
  configuration: Record<string, string>;
  /** Megabytes of Buffers that scripts may hold, as of JavaScript's heap. */
  memory: number;
  /** Two 32-bit integers: what wakes a worker that waits for the answer of `questions`, and the index of the script whose turn it is. */
  signal: SharedArrayBuffer;
  /** The processes that its scripts have started, see Children. */
  children: SharedArrayBuffer;
}

export type Handler =
  | 'onExecutePostLogin'
  | 'onContinuePostLogin'
  | 'onExecuteCredentialsExchange'
  | 'rule'
  | 'hook';

/** One run of a trigger: its scripts, in order. It travels as JSON, which is quicker than to clone it. */
export interface Job {
  steps: { /** Index of the script. */ script: number; handler: Handler }[];
  /** An Action's `event`; each Action gets a copy of its own. */
  event: Record<string, unknown>;
  /** What Rules get beside it, and pass on to each other. */
  rules?: { user: Record<string, unknown>; context: Record<string, unknown> };
  /** What Hooks get in their place; each sees the scope that the one before left. */
  hook?: { client: Record<string, unknown>; scope: string[] | undefined; audience: string | undefined };
}

/** What a script asked for, e.g. method `accessToken.addScope`, args `["read:x"]`. All of it is JSON. */
export interface Command {
  script: number;
  method: string;
  args: unknown[];
}

export interface Failure {
  /** What JavaScript said, or the limit that was passed. */
  message: string;
  script: number | undefined;
  /** Counted from 1; undefined where no line of the script is to blame. */
  line?: number | undefined;
}

export interface JobResult {
  commands: Command[];
  failure?: Failure;
  /** The step at which the run stopped on purpose: it denied, or it sent the user elsewhere. */
  stoppedAt?: number;
  /** The tenant was stopped before the run ended: that is no fault of a script, and says nothing about the user. */
  brokenOff?: true;
}

export type Output = { script: number | undefined; level: 'log' | 'error' | 'hint'; text: string };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'output'; output: Output }
  // spent: whether the worker may not be used again; stray: whether it is no run's, but something that a script did when none was at work.
  | { type: 'result'; result: JobResult; spent: boolean; stray: boolean };

/** `api.redirect`'s tokens: the answer is waited for, since those functions are synchronous. */
export type Question =
  | { ask: 'encodeToken'; secret: string; expiresInSeconds: number; payload: Record<string, unknown> }
  | { ask: 'validateToken'; secret: string; token: string };
export type Answer = { value: unknown } | { error: string };
