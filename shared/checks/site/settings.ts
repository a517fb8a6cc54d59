import path from 'node:path';

/** The app's settings of the store in a run, with times in which nothing waits: the lock is longer than a request to the
 * tenant may take. @param folder of the embedded store. */
export const storeSettings = (folder: string): Record<string, string> => ({
  STORE_URL: `file:${path.join(folder, 'store.db')}`,
  STORE_KEYS: '0123456789abcdef'.repeat(4),
  SESSION_IDLE_SECONDS: String(24 * 60 * 60),
  SESSION_ABSOLUTE_SECONDS: String(7 * 24 * 60 * 60),
  LOCK_SECONDS: '2',
  TOKEN_REQUEST_SECONDS: '1',
});
