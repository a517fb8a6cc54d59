/** Messages between the tenant and its threads. Types only: a thread runs without the rest of the repository. */
import type { Script } from '../config/scripts';

export type { Script };

export interface WorkerSettings {
  scripts: Script[];
  /** Where packages are found that the script's own folder lacks. */
  root: string;
  /** `configuration` of Rules. */
  configuration: Record<string, string>;
  /** Megabytes for Buffers, and the same for JavaScript's heap. */
  memory: number;
  /** Two 32-bit integers: the wake-up of a thread that waits for an answer, and the index of the current script. */
  signal: SharedArrayBuffer;
  /** See Children. */
  children: SharedArrayBuffer;
}

export type Handler =
  | 'onExecutePostLogin'
  | 'onContinuePostLogin'
  | 'onExecuteCredentialsExchange'
  | 'rule'
  | 'hook';

/** One run of a trigger. It travels as JSON, which is faster than cloning. */
export interface Job {
  steps: { script: number; handler: Handler }[];
  /** An Action's `event`; each Action gets a copy. */
  event: Record<string, unknown>;
  /** For Rules, which pass them on to each other. */
  rules?: { user: Record<string, unknown>; context: Record<string, unknown> };
  /** For Hooks; each sees the scope that the one before left. */
  hook?: { client: Record<string, unknown>; scope: string[] | undefined; audience: string | undefined };
}

/** What a script requested, e.g. method `accessToken.addScope`, args `["read:x"]`; JSON. */
export interface Command {
  script: number;
  method: string;
  args: unknown[];
}

export interface Failure {
  /** JavaScript's message, or the exceeded limit. */
  message: string;
  script: number | undefined;
  /** Counted from 1; undefined if no line is known. */
  line?: number | undefined;
}

export interface JobResult {
  commands: Command[];
  failure?: Failure;
  /** The step that denied or redirected. */
  stoppedAt?: number;
  /** The tenant was stopped before the run ended. */
  brokenOff?: true;
}

export type Output = { script: number | undefined; level: 'log' | 'error' | 'hint'; text: string };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'output'; output: Output }
  // spent: the thread must not be used again; stray: not from a run, but from code that a script left behind.
  | { type: 'result'; result: JobResult; spent: boolean; stray: boolean };

/** `api.redirect`'s tokens; the thread blocks for the answer, since those functions are synchronous. */
export type Question =
  | { ask: 'encodeToken'; secret: string; expiresInSeconds: number; payload: Record<string, unknown> }
  | { ask: 'validateToken'; secret: string; token: string };
export type Answer = { value: unknown } | { error: string };
