const SLICES = 5;

/** Aborts once this process had some milliseconds to read an answer. A moment in which it was busy counts as a fifth of
 * them at most: the answer may have come then, and is read later. */
export function timeToHear(ms: number): AbortSignal {
  const stop = new AbortController();
  let left = SLICES;
  const next = () => {
    left -= 1;
    if (left < 0) stop.abort();
    else setTimeout(next, ms / SLICES).unref();
  };
  next();
  return stop.signal;
}
