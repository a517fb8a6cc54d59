import { setTimeout as delay } from 'node:timers/promises';
import { findStep } from '../steps/layers';
import type { Finding } from './diagnosis';
import type { FoundTypeError } from './type-check';
import { typeErrors } from './type-check';

/** Milliseconds for the type checker: its first look takes seconds on a busy machine, later ones a tenth of one. */
const PATIENCE = 15_000;
/** Modules without types, names that are not used, and `undefined` given to an optional property: an app with these runs. */
const HARMLESS = new Set([2307, 2375, 2379, 2412, 2688, 6133, 6192, 6196, 7016]);
/** Names and exports that do not exist. */
const UNKNOWN_NAME = new Set([2304, 2305, 2552, 2724]);
/** Characters of the type checker's message: with types written out it has thousands. */
const MOST = 200;
/** "Did you forget to use 'await'?", and a condition that a promise makes always true. */
const [ASKS_FOR_AWAIT, ALWAYS_TRUE] = [2773, 2801];

/** Adds a type error in the file of the check's task (such as "2.3"). It is the cause if such code cannot work, or if no
 * other cause is known. */
export async function leadWithTypeError(finding: Finding, folder: string, task: string): Promise<Finding> {
  const file = fileOf(finding.task ?? task);
  // An open exercise has no mistake yet.
  if (file === undefined || /not done yet|has no route/.test(finding.cause)) return finding;
  const stop = new AbortController();
  const late = delay(PATIENCE, [], { signal: stop.signal }).catch(() => []);
  const errors: FoundTypeError[] = await Promise.race([typeErrors(folder, file), late]);
  stop.abort();
  return withTypeError(finding, errors);
}

/** The finding with the error of the type checker that says most. */
export function withTypeError(finding: Finding, errors: readonly FoundTypeError[]): Finding {
  const found = errors.filter(({ code }) => !HARMLESS.has(code));
  const error = found.find(isCertain) ?? found[0];
  if (!error) return finding;
  const at = `${error.file}:${error.line}`;
  const cause = `${at} has a type error: ${inPlainWords(error)}`;
  if (isCertain(error) || finding.cause.includes('not known'))
    return { ...finding, id: 'type-error', cause, next: `look at ${at}` };
  return { ...finding, cause: `${finding.cause}. Also, ${cause}` };
}

function fileOf(task: string): string | undefined {
  const [step = ''] = task.split('.');
  return findStep(step).tasks.find(({ id }) => id === task)?.file;
}

/** Such code cannot work; another error may concern types only. */
const isCertain = (error: FoundTypeError): boolean => UNKNOWN_NAME.has(error.code) || lacksAwait(error);

const lacksAwait = ({ code, message, related }: FoundTypeError): boolean =>
  code === ALWAYS_TRUE ||
  related.includes(ASKS_FOR_AWAIT) ||
  /type 'Promise<.*' (?:is not assignable|but required)/i.test(message);

function inPlainWords(error: FoundTypeError): string {
  const { code, message, text } = error;
  const meant = /Did you mean '([^']+)'/.exec(message)?.[1];
  if (lacksAwait(error))
    return `${text.length < 60 ? text : 'the value'} is a promise and not yet its value: await is missing before the call that it comes from`;
  if (UNKNOWN_NAME.has(code))
    return `the name ${text} is not known there: it is misspelt, or not imported${meant ? `; ${meant} is` : ''}`;
  const [sentence = ''] = message.replace(/\.$/, '').split('. ');
  const short = sentence.length > MOST ? `${sentence.slice(0, MOST).replace(/\s+\S*$/, '')} …` : sentence;
  return `${text.length < 60 ? `${text}: ` : ''}${short}`;
}
