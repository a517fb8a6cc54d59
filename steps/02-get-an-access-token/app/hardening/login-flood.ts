/** Logins that one browser may have pending, in several tabs; older ones give way. */
const MOST = 10;
/** Milliseconds until a login must be finished. */
const OPEN_FOR = 60 * 60_000;

/**
 * Attack: a page of another site begins login after login in a user's browser, until the sessions fill the store; or somebody finishes a login
 * that its user left open long ago.
 * Protection: at most ten are pending, and none for longer than an hour.
 */
export function newest<T extends { startedAt: number }>(pending: [string, T][]): [string, T][] {
  return pending
    .filter(([, { startedAt }]) => Date.now() - startedAt < OPEN_FOR)
    .sort(([, a], [, b]) => a.startedAt - b.startedAt)
    .slice(-MOST);
}
