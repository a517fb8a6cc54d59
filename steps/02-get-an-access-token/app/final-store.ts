import type { SessionData, Store } from 'express-session';

/** How many ended sessions are remembered: far more than can have requests in flight. */
const REMEMBERED = 10_000;

/**
 * Makes a log-out final: a slow request that was in flight when the session ended would otherwise write it back at its end, and
 * the user's old cookie would work again.
 */
export function finalStore<S extends Store>(store: S): S {
  const ended = new Set<string>();
  const { destroy, set, touch } = store;
  store.destroy = (sid, callback) => {
    ended.add(sid);
    if (ended.size > REMEMBERED)
      for (const oldest of [...ended].slice(0, REMEMBERED / 2)) ended.delete(oldest);
    destroy.call(store, sid, callback);
  };
  store.set = (sid, session, callback) =>
    ended.has(sid) ? callback?.() : set.call(store, sid, session, callback);
  if (touch) {
    store.touch = (sid: string, session: SessionData, callback?: () => void) =>
      ended.has(sid) ? callback?.() : touch.call(store, sid, session, callback);
  }
  return store;
}
