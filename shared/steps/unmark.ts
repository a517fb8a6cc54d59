import { UserError } from '../lib/user-error';

const MARKER = /^\s*(?:\/\/|#|\/\/-|\/\*) ?(BEGIN SOLUTION (\d+\.\d+)|END SOLUTION|STUB ?(.*))\s*(?:\*\/)?$/;

/** Whether a file of this name can have solution markers. */
export const mayBeMarked = (file: string) => /\.(ts|js|ya?ml|pug|css)$/.test(file);

export interface Exercise {
  /** The task that asks for it, e.g. 2.3. */
  task: string;
  /** FILE:LINE of its BEGIN SOLUTION. */
  place: string;
}

/** Which exercises remain open: all, none, or those for which the function returns true. */
export type Starter = boolean | ((exercise: Exercise) => boolean);

/** A line of a marked file, or a marker in it. */
export type Marked =
  /** A line of the app; `within` is the exercise that contains it. */
  | { kind: 'line'; line: string; within: Exercise | undefined }
  | { kind: 'begin'; exercise: Exercise }
  /** A line of the starter in place of the exercise. */
  | { kind: 'stub'; line: string; within: Exercise }
  | { kind: 'end'; exercise: Exercise };

/** Reads a file with solution markers (nbgrader's convention, as comments).
 * @throws UserError for markers that do not pair up, with file and line. */
export function* readMarked(text: string, file: string): Generator<Marked> {
  let open: { exercise: Exercise; line: number } | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const found = MARKER.exec(line);
    if (!found) {
      yield { kind: 'line', line, within: open?.exercise };
      continue;
    }
    const [, marker = '', task = '', stub = ''] = found;
    const wrong = (what: string) => new UserError(`${file}:${i + 1}: ${what}`);
    if (marker.startsWith('BEGIN')) {
      if (open) throw wrong(`BEGIN SOLUTION inside the one of line ${open.line}`);
      open = { exercise: { task, place: `${file}:${i + 1}` }, line: i + 1 };
      yield { kind: 'begin', exercise: open.exercise };
    } else if (!open) throw wrong(`${marker} without BEGIN SOLUTION`);
    else if (marker === 'END SOLUTION') {
      yield { kind: 'end', exercise: open.exercise };
      open = undefined;
    } else yield { kind: 'stub', line: `${/^\s*/.exec(line)?.[0] ?? ''}${stub}`, within: open.exercise };
  }
  if (open) throw new UserError(`${file}:${open.line}: BEGIN SOLUTION without END SOLUTION`);
}

/** A file without markers: the finished app has the lines of exercises, a starter has the STUB lines instead.
 * @throws UserError for markers that do not pair up, with file and line. */
export function unmark(text: string, { starter, file }: { starter: Starter; file: string }): string {
  const left = new Map<Exercise, boolean>();
  const out: string[] = [];
  for (const part of readMarked(text, file)) {
    if (part.kind === 'begin')
      left.set(part.exercise, typeof starter === 'boolean' ? starter : starter(part.exercise));
    else if (part.kind !== 'end') {
      const isLeft = part.within !== undefined && left.get(part.within) === true;
      if (isLeft === (part.kind === 'stub')) out.push(part.line);
      else if (part.kind === 'line' && part.within === undefined) out.push(part.line);
    }
  }
  return out.join('\n');
}
