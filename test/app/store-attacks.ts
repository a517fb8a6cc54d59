import path from 'node:path';
import { Browser } from '../../shared/browser';
import { whileRecordsAreAway } from '../stores/records';
import { type AppInProcess, startAppInProcess } from '../support/app-in-process';
import { temporaryFolder } from '../support/workshop';
import type { Attack, User } from './attacks';

/** An app that runs twice on one embedded store, each with a memory of its own. */
export interface TwoProcesses extends AppInProcess {
  /** Where the other one listens. */
  other: string;
  /** The file of the store. */
  database: string;
}

/** The two that run, by the origin of the first one: an attack gets only that. */
const running = new Map<string, TwoProcesses>();

export async function twoProcesses(
  step: number,
  env: Record<string, string>,
  options: Parameters<typeof startAppInProcess>[2] = {},
): Promise<TwoProcesses> {
  const { folder, remove } = temporaryFolder();
  const database = path.join(folder, 'store.db');
  const settings = { ...env, STORE_URL: `file:${database}`, STORE_KEYS: '7'.repeat(64) };
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing) await one();
    remove();
  };
  try {
    const first = await startAppInProcess(step, settings, options);
    closing.push(first.close);
    // Both are at one address, as behind a proxy.
    const second = await startAppInProcess(step, { ...settings, BASE_URL: first.origin }, options);
    closing.push(second.close);
    const both: TwoProcesses = {
      origin: first.origin,
      other: second.origin,
      database,
      close: async () => {
        running.delete(first.origin);
        await close();
      },
    };
    running.set(first.origin, both);
    return both;
  } catch (error) {
    await close();
    throw error;
  }
}

const siteOf = ({ origin }: User): TwoProcesses => {
  const site = running.get(origin);
  if (!site) throw new Error(`nothing runs twice at ${origin}`);
  return site;
};

/** Sends the form of the logout to the other process, with the cookie that the browser has at the first one. */
export async function logOutAtOther(user: User): Promise<void> {
  const { other, origin } = siteOf(user);
  const cookie = await user.browser.cookies(origin);
  const { status } = await fetch(`${other}/logout`, {
    method: 'POST',
    headers: { cookie, origin, 'sec-fetch-site': 'same-origin' },
    redirect: 'manual',
  });
  if (status !== 303) throw new Error(`the logout answered ${status}`);
}

/** Whether somebody with these cookies is logged in at each of the two. */
export async function isLoggedInAt(user: User, cookie: string): Promise<[boolean, boolean]> {
  const { other, origin } = siteOf(user);
  const browser = new Browser();
  const found: boolean[] = [];
  for (const at of [origin, other]) {
    const { status } = await browser.get(`${at}/profile`, { follow: false, headers: { cookie } });
    found.push(status === 200);
  }
  browser.close();
  return found as [boolean, boolean];
}

/** While a table of the store is away, each of its answers is an error. */
export async function whileStoreFails<T>(user: User, work: () => Promise<T>): Promise<T> {
  const comeBack = whileRecordsAreAway(siteOf(user).database);
  try {
    return await work();
  } finally {
    comeBack();
  }
}

/** By the file of hardening/ of step 07 that stops it. */
export const STORE_ATTACKS: Record<string, Attack> = {
  'ended-sessions.ts': async (user, { tenant }) => {
    // A callback that fails writes its session back; one that succeeds begins a new one.
    for (const fault of ['status 500', undefined] as const) {
      await user.logIn();
      const url = await user.callback();
      const cookie = await user.browser.cookies(user.origin);
      const { page, release } = await user.whileTokensAreFetched(url);
      await logOutAtOther(user);
      tenant.fault = fault;
      release();
      await page;
      tenant.fault = undefined;
      if ((await isLoggedInAt(user, cookie)).includes(true) || (await user.isLoggedIn())) return true;
    }
    return false;
  },

  'store-failures.ts': async (user) => {
    await user.logIn();
    const { status } = await whileStoreFails(user, () => user.get('/profile'));
    return status !== 503 || !(await user.isLoggedIn());
  },
};
