import type { ChildProcess } from 'node:child_process';
import { on } from 'node:events';
import type { AgentEvent } from './agent';
import { type AskHandler, type ClockAdvance, LOCATION_WITHIN } from './ipc-messages';
import { isStarved } from './sample-stack';
import { timeToHear } from './time-to-hear';

/** Milliseconds until a running app has advanced its clock. */
const ADVANCES_WITHIN = 5000;

/** Asks an app's process; `within` is in milliseconds. A process that the machine leaves no time is asked a second time.
 * Undefined when no message has an answer in time: the process is busy, or has ended. */
export async function askAgent<T>(
  child: ChildProcess,
  question: string | object,
  answerIn: (message: AgentEvent) => T | undefined,
  within = LOCATION_WITHIN,
): Promise<T | undefined> {
  const answer = await askOnce(child, question, answerIn, within);
  if (answer !== undefined || !(await isStarved(child))) return answer;
  return askOnce(child, question, answerIn, within);
}

async function askOnce<T>(
  child: ChildProcess,
  question: string | object,
  answerIn: (message: AgentEvent) => T | undefined,
  within: number,
): Promise<T | undefined> {
  if (!child.connected) return undefined;
  const ended = new AbortController();
  const stop = () => ended.abort();
  child.once('disconnect', stop);
  const signal = AbortSignal.any([ended.signal, timeToHear(within)]);
  child.send(question, () => {});
  try {
    for await (const [message] of on(child, 'message', { signal })) {
      const answer = answerIn(message as AgentEvent);
      if (answer !== undefined) return answer;
    }
  } catch {
    // The caller knows what no answer means.
  } finally {
    child.off('disconnect', stop);
  }
  return undefined;
}

/** Where the handler begins in which the last request for a path waits, as the first line of a stack. */
export async function askHandler(
  child: ChildProcess,
  path: string,
  within: number,
): Promise<string | undefined> {
  const question: AskHandler = { handlerOf: path };
  const silent = await askAgent(child, question, (one) => ('silent' in one ? one.silent : undefined), within);
  return silent?.place;
}

/** Advances an app's clock by milliseconds. False for an app that the workshop did not start, or that does not answer. */
export async function advanceClock(child: ChildProcess | undefined, ms: number): Promise<boolean> {
  const question: ClockAdvance = { advance: ms };
  const advanced = (one: AgentEvent) => 'advanced' in one || undefined;
  // Not askAgent: a repeated question would advance the clock twice.
  return child !== undefined && (await askOnce(child, question, advanced, ADVANCES_WITHIN)) === true;
}
