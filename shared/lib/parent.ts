/** Milliseconds between two looks. */
const PAUSE = 500;

/**
 * Calls `stop` once when the parent of this process has ended. The shell that npm starts passes no signal on, so when npm
 * is ended, its program would go on alone. On Windows a process keeps the id of its parent, and nothing is noticed.
 *
 * @returns a function that ends the watch.
 */
export function whenParentEnds(stop: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PAUSE).unref();
  return () => clearInterval(timer);
}
