import { gist, type Page } from '../browser';
import type { Cause } from './diagnosis';

/** An open exercise answers 501, and a starter's page names its task. */
export function unfinished(page: Page): Omit<Cause, 'id'> | undefined {
  if (page.status !== 501) return undefined;
  const task = /\bTask (\d+\.\d+)/.exec(gist(page))?.[1];
  return { cause: 'the task is not done yet', ...(task ? { next: `do task ${task}`, task } : {}) };
}
