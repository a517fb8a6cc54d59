import type { Threw } from '../app-runner/agent';
import { chainOf, placeOf } from '../app-runner/error-report';
import { placeIn } from '../app-runner/stack-trace';
import type { AppProcess } from '../app-runner/start-app';
import type { Kind } from '../app-runner/types';
import type { Message } from '../recorder';

/** The app that is checked, or the learner's API, when the environment started it. */
export interface Watched {
  /** What it is; the app by default. */
  kind?: Kind;
  app: AppProcess | undefined;
  folder: string;
  /** The messages between the parties so far. */
  messages?: readonly Message[];
}

/** An error that a handler of the app threw, and its index in the app's events. */
export type Thrown = Threw & { index: number };

/** Errors that are always mistakes in code; another one may be an intended answer. */
const PROGRAMMING_ERRORS = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError', 'AssertionError'];

/** What the app's handlers threw, oldest first; empty for an app that the environment did not start. */
export const thrownBy = ({ app }: Watched): Thrown[] =>
  app?.events.flatMap((one, index) => ('threw' in one ? [{ ...one.threw, index }] : [])) ?? [];

/** The first error that explains the later ones: an error of an error handler is an effect of the one that it handled. */
export function firstCause(thrown: readonly Thrown[], folder: string): Thrown | undefined {
  const firsts = thrown.filter(
    ({ request }, i) => thrown.findIndex((other) => other.request === request) === i,
  );
  const failed = firsts.filter(({ status = 500 }) => status >= 500);
  return firsts.find((one) => isProgrammingError(one, folder)) ?? failed.at(0) ?? firsts.at(-1);
}

/** What handlers threw since so much was reported, in the words of each error and of its causes. */
export const chainsSince = (watched: Watched, since: number): string[] =>
  thrownBy(watched)
    .filter(({ index }) => index >= since)
    .map(chainOf);

export function isProgrammingError({ name, code, stack }: Threw, folder: string): boolean {
  const top = /^ +at .*$/m.exec(stack)?.[0] ?? '';
  return PROGRAMMING_ERRORS.includes(name) && code === undefined && placeIn(top, folder) !== undefined;
}

/** The last error that the app's handlers did not catch themselves, for a path. */
export function uncaught(watched: Watched, path: string): { name: string; at: string } | undefined {
  const threw = lastThrown(watched, path);
  const at = threw && placeOf(threw, watched.folder);
  return at ? { name: threw.name, at } : undefined;
}

/** The words of the first error, and of its causes, of the last request for a path that threw one. */
export function whatThrew(watched: Watched, path: string): string | undefined {
  const threw = lastThrown(watched, path);
  return threw && chainOf(threw);
}

/** The first error of the last request for a path that threw one. */
export function lastThrown(watched: Watched, path: string): Thrown | undefined {
  const thrown = thrownBy(watched);
  const last = thrown.findLast((one) => one.path === path);
  return thrown.find(({ request }) => request === last?.request);
}
