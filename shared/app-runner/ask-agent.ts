import type { ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import type { AgentEvent } from './agent';
import { type AskHandler, SAYS_WHERE_WITHIN } from './ipc-messages';
import { isStarved } from './sample-stack';
import { timeToHear } from './time-to-hear';

/**
 * Asks an app's process something.
 *
 * @param answerIn takes the answer from a message.
 * @param within milliseconds for the answer. On a machine that leaves the app no time it is asked twice.
 * @returns undefined when it does not answer in time: it is busy, or has ended.
 */
export async function askAgent<T>(
  child: ChildProcess,
  question: string | object,
  answerIn: (words: AgentEvent) => T | undefined,
  within = SAYS_WHERE_WITHIN,
): Promise<T | undefined> {
  const answer = await askOnce(child, question, answerIn, within);
  if (answer !== undefined || !(await isStarved(child))) return answer;
  return askOnce(child, question, answerIn, within);
}

async function askOnce<T>(
  child: ChildProcess,
  question: string | object,
  answerIn: (words: AgentEvent) => T | undefined,
  within: number,
): Promise<T | undefined> {
  if (!child.connected) return undefined;
  const signal = timeToHear(within);
  child.send(question, () => {});
  try {
    for await (const [words] of on(child, 'message', { signal })) {
      const answer = answerIn(words as AgentEvent);
      if (answer !== undefined) return answer;
    }
  } catch {
    // The caller knows what no answer means.
  }
  return undefined;
}

/** Where the handler begins in which the last request for a path waits, as the first line of a stack says it. */
export async function askHandler(
  child: ChildProcess,
  path: string,
  within: number,
): Promise<string | undefined> {
  const question: AskHandler = { handlerOf: path };
  const inWords = (words: AgentEvent) => ('silent' in words ? words.silent : undefined);
  const silent = await askAgent(child, question, inWords, within);
  return silent?.place;
}
