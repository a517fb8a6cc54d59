/** Messages between the tenant and its threads. Types only: a thread runs without the rest of the repository. */
import type { Script } from '../config/scripts';
import type { ReceivedResult } from './received';

export type { Command, Failure, FromWorker, Output, Question } from './received';
export type { Script };

export interface WorkerSettings {
  scripts: Script[];
  /** Where packages are found that the script's own folder lacks. */
  root: string;
  configuration: Record<string, string>;
  /** Megabytes for Buffers, and the same for JavaScript's heap. */
  memory: number;
  /** Two 32-bit integers: the wake-up of a thread that waits for an answer, and the index of the current script. */
  signal: SharedArrayBuffer;
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

/** brokenOff: the tenant was stopped before the run ended. */
export type JobResult = ReceivedResult & { brokenOff?: true };

export type Answer = { value: unknown } | { error: string };
