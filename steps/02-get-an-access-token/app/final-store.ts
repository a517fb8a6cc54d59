import type { Request } from 'express';
import type { SessionData, Store } from 'express-session';

/** How many sessions are remembered: far more than can have requests in flight. */
const REMEMBERED = 10_000;

/** The user has logged out while the request was under way. */
export class LoggedOut extends Error {
  override name = 'LoggedOut';
}

/**
 * Makes a log-out final, also for requests that are in flight at that moment. A slow one would write its session back at its end, and the user's
 * old cookie would work again; a callback would begin a session for a user who has logged out since. What is known of that
 * is kept in this process.
 */
export function finalStore<S extends Store>(store: S): S {
  /** By a session's identifier: the sessions that its browser has by now, that one and those that later log-ins put in its place. */
  const living = new Map<string, Set<string>>();
  /** New sessions that are not saved yet, and the one before each. */
  const replaces = new Map<string, string>();
  const { get, set, touch, destroy } = store;
  const hasEnded = (sid: string) => living.get(sid)?.has(sid) === false;

  function sessionsOf(sid: string, those = living.get(sid) ?? new Set([sid])): Set<string> {
    living.set(sid, those);
    if (living.size > REMEMBERED)
      for (const oldest of [...living.keys()].slice(0, REMEMBERED / 2)) {
        living.delete(oldest);
        replaces.delete(oldest);
      }
    return those;
  }

  store.destroy = (sid, callback) => {
    const all = sessionsOf(sid);
    for (const other of all) if (other !== sid) destroy.call(store, other);
    all.clear();
    destroy.call(store, sid, callback);
  };
  store.regenerate = (req, callback) => {
    const before = req.sessionID;
    const all = sessionsOf(before);
    if (all.size === 0) return callback(new LoggedOut());
    (store as unknown as { generate(req: Request): void }).generate(req);
    sessionsOf(req.sessionID, all.add(req.sessionID));
    // The one before goes when the new one is there: a log-out that comes in between must still find it.
    replaces.set(req.sessionID, before);
    callback();
  };
  store.get = (sid, callback) => (hasEnded(sid) ? callback(null) : get.call(store, sid, callback));
  store.set = (sid, session, callback) => {
    if (hasEnded(sid)) return callback?.();
    set.call(store, sid, session, (error) => {
      if (hasEnded(sid)) return destroy.call(store, sid, callback);
      const before = replaces.get(sid);
      if (before === undefined || error) return callback?.(error);
      replaces.delete(sid);
      living.get(sid)?.delete(before);
      destroy.call(store, before, callback);
    });
  };
  if (touch) {
    store.touch = (sid: string, session: SessionData, callback?: () => void) =>
      hasEnded(sid) ? callback?.() : touch.call(store, sid, session, callback);
  }
  return store;
}
