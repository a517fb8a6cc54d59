import type { ErrorReport } from './agent/describe-error';
import { placeIn } from './stack-trace';

/** Where in the app's own files it was thrown; the innermost place of a chain of causes. */
export function placeOf({ stack, causes }: ErrorReport, folder: string): string | undefined {
  const stacks = [stack, ...causes.map((cause) => cause.stack)];
  return stacks.map((one) => placeIn(one, folder)).findLast((place) => place !== undefined);
}

/** The error and the chain of its causes, in one line. */
export function chainOf({ stack, causes }: ErrorReport): string {
  const links = [stack.split('\n')[0] ?? '', ...causes.map(({ message }) => message)];
  const parts = links.map((link) => link.slice(0, 200)).filter((link, i) => link !== links[i - 1]);
  return parts.join(', caused by ');
}

/** The error and its place: "TypeError: … at auth.ts:12". */
export function described(error: ErrorReport, folder: string): string {
  const place = placeOf(error, folder);
  return place ? `${chainOf(error).replace(/\.$/, '')} at ${place}` : chainOf(error);
}
