import { createHook, executionAsyncId } from 'node:async_hooks';

/** Promises that are watched: an app makes some hundred before it listens. */
const MOST = 10_000;

interface Wait {
  /** The turn of the event loop in which it began. */
  turn: number;
  /** Has the stack; V8 formats it only when it is read. */
  at: { stack?: string };
}

/** Watches what a process awaits, until `end`. Each promise costs a stack, so this is for an app that starts. */
export function watchPromises(): { pending(): string[]; end(): void } {
  const waits = new Map<number, Wait>();
  const settled = (id: number) => void waits.delete(id);
  let [turn, running] = [0, 0];
  const hook = createHook({
    init: function noted(id, type, trigger) {
      // `await p` and `p.then()` make a promise that p triggers; any other is triggered by what runs.
      if (type !== 'PROMISE' || trigger === executionAsyncId() || waits.size >= MOST) return;
      if (running !== executionAsyncId()) [turn, running] = [turn + 1, executionAsyncId()];
      const at = {};
      Error.captureStackTrace(at, noted);
      waits.set(id, { turn, at });
    },
    before: settled,
    promiseResolve: settled,
  }).enable();
  return {
    // An awaited promise comes before those that wait for it: it began in a later turn, or earlier in the same one.
    pending: () => [...waits.values()].sort((a, b) => b.turn - a.turn).map(({ at }) => at.stack ?? ''),
    end: () => {
      hook.disable();
      waits.clear();
    },
  };
}
