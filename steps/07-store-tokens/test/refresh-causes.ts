import fs from 'node:fs';
import path from 'node:path';
import type { Finding, Site, TestEnvironment } from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
import { appointments, logIn } from './site';

/** What is wrong, and what to do. */
export type Several = Pick<Finding, 'id' | 'cause' | 'next'>;

/** Milliseconds that the tenant takes for a refresh: less than the app's limit, and long enough for a race. */
export const SLOW = 600;

/** Lets refreshes wait at the tenant, until `goOn`. */
export function holdRefreshes(on: TestEnvironment): { arrived: Promise<true>; goOn: () => void } {
  let [arrive, goOn] = [() => {}, () => {}];
  const arrived = new Promise<true>((resolve) => {
    arrive = () => resolve(true);
  });
  const until = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  on.tenantFaults.decide = ({ url }) => {
    if (!url?.startsWith('/oauth/token')) return undefined;
    arrive();
    return { until };
  };
  return {
    arrived,
    goOn: () => {
      goOn();
      on.tenantFaults.clear();
    },
  };
}

/** Why the tenant got several refreshes for requests that arrived together. */
export async function whySeveral(
  on: TestEnvironment,
  site: Site | undefined,
  sent: readonly Message[],
): Promise<Several> {
  const [first, second] = sent;
  const delay = (second?.at ?? 0) - (first?.at ?? 0);
  if (delay >= SLOW) return refreshedAgain(second);
  const isLocked = await locksInStore(on, site);
  if (isLocked === undefined)
    return {
      id: 'refreshed-in-parallel',
      cause: `the second refresh began ${delay} ms after the first one, which was still running: the processes share no lock, or it ends before the refresh does`,
      next: 'take a lock in the store that all processes share, and give it a lifetime longer than the request to the tenant may take (task 7.3)',
    };
  if (isLocked)
    return {
      id: 'lock-too-short',
      cause: `the second refresh began ${delay} ms after the first one, which was still running: the lock ended too early (its lifetime is in milliseconds), another process released it, or a process that did not get it refreshed all the same`,
      next: 'give the lock the lifetime LOCK_SECONDS × 1000, release it only if your own process holds it, and do the work only with it',
    };
  if (sent.length > 2)
    return {
      id: 'no-single-flight',
      cause: 'the requests of one process do not even share a refresh: each one refreshes for itself',
      next: 'share the running refresh within the process (task 4.3), and take the lock for it (task 7.3)',
    };
  return {
    id: 'lock-in-process',
    cause:
      'each process refreshed once: its requests share one refresh, and the other process knows nothing of it, since there is no lock in the store. The refresh token was used twice, so the tenant ends the login',
    next: 'take the lock in the store that all processes share, before you refresh (task 7.3)',
  };
}

const refreshedAgain = (second: Message | undefined): Several => ({
  id: 'refreshed-again',
  ...(second?.status === 200
    ? {
        cause:
          'the requests that waited for the lock refreshed the new tokens once more, although they had just been renewed',
        next: 'when you have the lock, compare the stored version with the one that the request had read: if it has changed, return the stored tokens',
      }
    : {
        cause:
          'the requests that waited for the lock refreshed with the refresh token that they had read before, or the new one was not saved yet when the lock was released: it was used a second time, so the tenant ends the login',
        next: 'read the tokens again when you have the lock, as #renewNow does, and save the new ones before the lock is released and before they are used',
      }),
});

/** Whether a process writes to the store before it refreshes, as one does that takes a lock there. Undefined where a
 * check cannot see the store. */
async function locksInStore(on: TestEnvironment, site: Site | undefined): Promise<boolean | undefined> {
  const file = site?.file;
  if (!site || file === undefined) return undefined;
  const { browser } = await logIn(on, 1);
  await on.pass(1050);
  const before = contentsBeside(file);
  const { arrived, goOn } = holdRefreshes(on);
  site.route(0);
  const page = appointments(on, browser).catch(() => undefined);
  try {
    const isThere = await Promise.race([arrived, page.then(() => false)]);
    return isThere ? !contentsBeside(file).equals(before) : undefined;
  } finally {
    site.route('both');
    goOn();
    await page;
  }
}

/** What is written in the folder of a database. Its index in memory changes with each reader. */
function contentsBeside(file: string): Buffer {
  const folder = path.dirname(file);
  const names = fs.readdirSync(folder).filter((name) => !name.endsWith('-shm'));
  return Buffer.concat(names.sort().map((name) => fs.readFileSync(path.join(folder, name))));
}
