/** What `work` returns; undefined when it throws. For work where every error means the same. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
