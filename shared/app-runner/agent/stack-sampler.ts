import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { compiler } from '../compiler';
import { HAS_LINE, LINE } from '../ipc-messages';
import { watchPromises } from './pending-promises';
import type { SamplerData } from './stack-sampler-worker';

export interface Stacks {
  busy: string;
  /** What it awaits, innermost first; nothing once it listens. */
  waits: string[];
  /** Milliseconds of processor time that it has had. */
  cpu: number;
}

/** Frames that are kept: below the app's own there may be many of a package. */
const DEPTH = 100;
const NAME = 'call-your-api.stacks';
let before = process.cpuUsage();
let waits: ReturnType<typeof watchPromises> | undefined;

/** Where the app is when this is called. */
function stacks(): Stacks {
  const here = { stack: '' };
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  Error.captureStackTrace(here, stacks);
  Error.stackTraceLimit = stackTraceLimit;
  const { user, system } = process.cpuUsage(before);
  return { busy: here.stack, waits: waits?.pending() ?? [], cpu: (user + system) / 1000 };
}

/** Lets the workshop ask from now on where the app is, if it has left a line for that. */
export function startStackSampler(): void {
  const asked = process.env[HAS_LINE] !== undefined;
  // The app need not know.
  delete process.env[HAS_LINE];
  if (!asked || !compiler) return;
  const answer = () => JSON.stringify(stacks());
  Object.defineProperty(globalThis, Symbol.for(NAME), { value: answer });
  const file = path.join(__dirname, 'stack-sampler-worker.ts');
  const workerData: SamplerData = { fd: LINE, expression: `globalThis[Symbol.for('${NAME}')]()` };
  // A thread does not know TypeScript by itself, and loading the compiler again would take as long as the app's start.
  const code = compiler(fs.readFileSync(file, 'utf8'), file);
  new Worker(code, { eval: true, execArgv: [], workerData }).on('error', () => {}).unref();
}

/**
 * Keeps in view what the app awaits, until `end`.
 *
 * @param onUnresolvedExit called when nothing is left to do before.
 */
export function watchStart(onUnresolvedExit: (stacks: Stacks) => void): { end(): void } {
  before = process.cpuUsage();
  waits = watchPromises();
  const stranded = () => onUnresolvedExit(stacks());
  process.once('beforeExit', stranded);
  return {
    end: () => {
      process.off('beforeExit', stranded);
      waits?.end();
    },
  };
}
