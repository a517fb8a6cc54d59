/** Milliseconds: only such waits can be ended. A shorter one matters little, and a longer one is longer than a page may take. */
const [SHORTEST, LONGEST] = [500, 5000];
const isOfSeconds = (ms: unknown): ms is number => typeof ms === 'number' && ms >= SHORTEST && ms <= LONGEST;

/** What ends each wait, by the number of its timer or by itself. */
const open = new Map<unknown, () => void>();

/** Ends the waits of some seconds that go on, as if their time had come. */
export function fireTimers(): void {
  for (const end of [...open.values()]) end();
}

/** Keeps such waits in view from now on: those by `setTimeout` and `AbortSignal.timeout`. */
export function watchTimers(): void {
  const { setTimeout: sleep, clearTimeout: wake } = globalThis;
  const watched = (work: (...rest: unknown[]) => void, ms?: number, ...rest: unknown[]) => {
    if (!isOfSeconds(ms)) return sleep(work, ms, ...rest);
    const end = () => {
      stop(timer);
      work(...rest);
    };
    const timer = sleep(end, ms);
    open.set(Number(timer), end);
    return timer;
  };
  const stop = (timer?: unknown) => {
    if (timer !== undefined && timer !== null) open.delete(Number(timer));
    wake(timer as NodeJS.Timeout);
  };
  globalThis.setTimeout = Object.assign(watched as typeof setTimeout, sleep);
  globalThis.clearTimeout = stop as typeof clearTimeout;
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (ms) => {
    const inTime = timeout.call(AbortSignal, ms);
    if (!isOfSeconds(ms)) return inTime;
    const early = new AbortController();
    const words = 'The operation was aborted due to timeout';
    open.set(early, () => early.abort(new DOMException(words, 'TimeoutError')));
    const either = AbortSignal.any([inTime, early.signal]);
    either.addEventListener('abort', () => open.delete(early), { once: true });
    return either;
  };
}
