import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { compiler } from '../compiler';
import { HAS_LINE, LINE } from '../ipc-messages';
import { watchPromises } from './pending-promises';
import type { SamplerData } from './stack-sampler-worker';

export interface Stacks {
  busy: string;
  /** What it awaits, innermost first; empty once it listens. */
  waits: string[];
  /** Milliseconds of processor time that it used. */
  cpu: number;
}

/** Frames of a stack: below the app's own there may be many of a package. */
const DEPTH = 100;
const NAME = 'call-your-api.stacks';
let before = process.cpuUsage();
let waits: ReturnType<typeof watchPromises> | undefined;

function stacks(): Stacks {
  const here = { stack: '' };
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  Error.captureStackTrace(here, stacks);
  Error.stackTraceLimit = stackTraceLimit;
  const { user, system } = process.cpuUsage(before);
  return { busy: here.stack, waits: waits?.pending() ?? [], cpu: (user + system) / 1000 };
}

/** Lets the workshop ask where the app is, if it opened LINE for that. */
export function startStackSampler(): void {
  const asked = process.env[HAS_LINE] !== undefined;
  // The app must not see it.
  delete process.env[HAS_LINE];
  if (!asked || !compiler) return;
  const answer = () => JSON.stringify(stacks());
  Object.defineProperty(globalThis, Symbol.for(NAME), { value: answer });
  const file = path.join(__dirname, 'stack-sampler-worker.ts');
  const workerData: SamplerData = { fd: LINE, expression: `globalThis[Symbol.for('${NAME}')]()` };
  // A thread has no compiler, and loading one would take as long as the app's start.
  const code = compiler(fs.readFileSync(file, 'utf8'), file);
  new Worker(code, { eval: true, execArgv: [], workerData }).on('error', () => {}).unref();
}

/** Watches what the app awaits, until `end`. `onUnresolvedExit` is called if the event loop is empty before that. */
export function watchStart(onUnresolvedExit: (stacks: Stacks) => void): { end(): void } {
  before = process.cpuUsage();
  waits = watchPromises();
  const onExit = () => onUnresolvedExit(stacks());
  process.once('beforeExit', onExit);
  return {
    end: () => {
      process.off('beforeExit', onExit);
      waits?.end();
    },
  };
}
