/** Milliseconds of waits that can be ended: shorter ones matter little, and no page may take longer. */
const [SHORTEST, LONGEST] = [500, 30_000];
const isOfSeconds = (ms: unknown): ms is number => typeof ms === 'number' && ms >= SHORTEST && ms <= LONGEST;

/** How long each wait lasts, and what ends it, by the number of its timer or by itself. */
const open = new Map<unknown, { ms: number; end: () => void }>();

/** Ends the pending waits of at most so many milliseconds, as if their time had passed. */
export function fireTimers(longest: number): void {
  for (const { ms, end } of [...open.values()]) if (ms <= longest) end();
}

/** Watches such waits from now on: those by `setTimeout` and `AbortSignal.timeout`. */
export function watchTimers(): void {
  const { setTimeout: sleep, clearTimeout: wake } = globalThis;
  const watched = (work: (...rest: unknown[]) => void, ms?: number, ...rest: unknown[]) => {
    if (!isOfSeconds(ms)) return sleep(work, ms, ...rest);
    const end = () => {
      stop(timer);
      work(...rest);
    };
    const timer = sleep(end, ms);
    open.set(Number(timer), { ms, end });
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
    open.set(early, { ms, end: () => early.abort(new DOMException(words, 'TimeoutError')) });
    const either = AbortSignal.any([inTime, early.signal]);
    either.addEventListener('abort', () => open.delete(early), { once: true });
    return either;
  };
}
