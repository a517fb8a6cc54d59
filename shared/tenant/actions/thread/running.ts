import { format } from 'node:util';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { Command, Failure, FromWorker, Job, JobResult, Output, WorkerSettings } from '../protocol';

export const settings = workerData as WorkerSettings & { questions: MessagePort };
export const port = parentPort as NonNullable<typeof parentPort>;
export const send = (message: FromWorker): void => port.postMessage(message);

/** Lines of output for each job, and characters of each: an endless loop must not fill the tenant's memory. */
const LINES = 200;
const LINE_LENGTH = 4000;

export interface Running {
  job: Job;
  script: number | undefined;
  commands: Command[];
  lines: number;
}

let running: Running | undefined;

export function begin(job: Job): Running {
  running = { job, script: undefined, commands: [], lines: 0 };
  return running;
}

/** Whether this thread must not be used again. */
export let spent = false;

/** @param last whether the thread is spent. */
export function finish(outcome: Omit<JobResult, 'commands'>, last = false): void {
  spent ||= last;
  const { commands = [] } = running ?? {};
  const stray = running === undefined;
  running = undefined;
  send({ type: 'result', result: { commands, ...outcome }, spent, stray });
}

/** Sends a line to the tenant's log; `script` defaults to the current one. */
export function say(level: Output['level'], line: string, script = running?.script): void {
  if (running && ++running.lines > LINES + 1) return;
  const text = running && running.lines > LINES ? '… more output than is logged' : line.slice(0, LINE_LENGTH);
  send({ type: 'output', output: { script, level, text } });
}

/** By script: packages with another version than it was written for. */
const mismatches = new Map<number, Set<string>>();

export function noteMismatch(script: number, text: string): void {
  mismatches.set(script, (mismatches.get(script) ?? new Set()).add(text));
}

/** An error for the log: the message, the script and its line. */
export function failure(error: unknown): Failure {
  const stack = error instanceof Error ? String(error.stack) : '';
  for (const line of stack.split('\n'))
    for (const [script, { file }] of settings.scripts.entries()) {
      const at = line.indexOf(`${file}:`);
      const number = at < 0 ? undefined : /^:(\d+)/.exec(line.slice(at + file.length))?.[1];
      if (number !== undefined) return { message: explained(error, script), script, line: Number(number) };
    }
  return { message: explained(error, running?.script), script: running?.script };
}

/** A version mismatch is a likely cause of a TypeError. */
function explained(error: unknown, script: number | undefined): string {
  const found = script === undefined ? undefined : mismatches.get(script);
  const { code } = (error ?? {}) as { code?: unknown };
  const ofModule = /^(ERR_|MODULE_NOT_FOUND)/.test(String(code));
  if (!found || !(error instanceof TypeError || ofModule)) return words(error);
  return `${words(error)} (${[...found].join('; ')})`;
}

function words(error: unknown): string {
  if (!(error instanceof Error)) return format('threw %o', error);
  // Some code copies an API's answer onto an error, so `message` may not be text.
  const message = typeof error.message === 'string' ? error.message : format('%o', error.message);
  return error.name === 'Error' ? message : `${error.name}: ${message}`;
}

/** Tokens and metadata are JSON. */
export function plain(args: unknown[], method: string): unknown[] {
  try {
    return args.map((one) => (one === undefined ? undefined : JSON.parse(JSON.stringify(one) ?? 'null')));
  } catch (error) {
    throw new TypeError(`${method} got a value that is no JSON: ${(error as Error).message}`);
  }
}
