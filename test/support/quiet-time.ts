import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Milliseconds in which a process that does nothing starts and ends on a quiet machine, with a margin. */
const QUIET = 80;

/**
 * How long something takes on a machine that does nothing else: beside it, process after process starts that does nothing, and its time shrinks
 * by what these take too long.
 *
 * @returns milliseconds; the measured ones where the machine is quiet.
 */
export async function quietTime(what: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let took: number | undefined;
  const done = what().finally(() => {
    took = performance.now() - start;
  });
  let slowest = QUIET;
  do {
    const begun = performance.now();
    await once(spawn(process.execPath, ['-e', ''], { stdio: 'ignore' }), 'exit');
    slowest = Math.max(slowest, performance.now() - begun);
  } while (took === undefined);
  await done;
  return (took * QUIET) / slowest;
}
