import { OBSERVER_FAULT, observerFaults } from '../../shared/lib/observe';

/** What processes that a test started reported of faults of their observers. */
const inOthers: string[] = [];

/** Looks through what another process writes to standard error. */
export function watchObservers(written: string): void {
  for (const line of written.split('\n')) if (line.includes(OBSERVER_FAULT)) inOthers.push(line);
}

/** Faults that a test causes on purpose. */
let wanted = 0;
export const wantFaults = (count: number): void => {
  wanted += count;
};

/** A worker keeps it for its next file, and by its end the browser ends too. */
async function closeBrowser(): Promise<void> {
  if (process.env.MOCHA_WORKER_ID !== undefined) return;
  const loaded = require.cache[require.resolve('./browser')]?.exports as
    | typeof import('./browser')
    | undefined;
  await loaded?.closeSharedBrowser();
}

/** After each file of tests: no observer had a fault, in this process or in one that a test started, whatever was observed. */
export const mochaHooks = {
  async afterAll(): Promise<void> {
    await closeBrowser();
    const { count, first } = observerFaults();
    if (count > wanted)
      throw new Error(
        `${count - wanted} faults of observers; the first: ${(first[0]?.error as Error | undefined)?.stack}`,
      );
    if (inOthers.length > 0) throw new Error(`faults of observers:\n${inOthers.join('\n')}`);
  },
};
