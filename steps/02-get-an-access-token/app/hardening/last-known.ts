/** Milliseconds for which a value is fresh, and until the next attempt after a failed one. */
const FRESH_FOR = 10 * 60_000;
const AGAIN_AFTER = 30_000;

/**
 * Failure: the tenant's metadata cannot be read for a while, and every login and refresh fails with it.
 * Protection: it is read once in ten minutes for all requests, and when that fails the last known value goes on working.
 *
 * @throws what `read` throws, as long as it has never succeeded.
 */
export function lastKnown<T>(read: () => Promise<T>): () => Promise<T> {
  let known: { value: T; until: number } | undefined;
  let reading: Promise<T> | undefined;
  const readAgain = async () => {
    try {
      const value = await read();
      known = { value, until: Date.now() + FRESH_FOR };
      return value;
    } catch (error) {
      if (!known) throw error;
      known.until = Date.now() + AGAIN_AFTER;
      return known.value;
    } finally {
      reading = undefined;
    }
  };
  return async () => {
    if (known && Date.now() < known.until) return known.value;
    reading ??= readAgain();
    return reading;
  };
}
