import { gist, type Page } from '../browser';
import type { Cause } from './diagnosis';

/** A part that is not built yet answers 501; a starter's page names the task that builds it. */
export function unfinished(page: Page): Omit<Cause, 'id'> | undefined {
  if (page.status !== 501) return undefined;
  const task = /\bTask (\d+\.\d+)/.exec(gist(page))?.[1];
  return { cause: 'the task is not done yet', ...(task ? { next: `do task ${task}`, task } : {}) };
}
