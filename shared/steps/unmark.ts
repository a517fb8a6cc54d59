import { UserError } from '../party/user-error';

const MARKER = /^\s*(?:\/\/|#|\/\/-|\/\*) ?(BEGIN SOLUTION (\d+\.\d+)|END SOLUTION|STUB ?(.*))\s*(?:\*\/)?$/;

/** What stands between BEGIN SOLUTION and END SOLUTION. */
export interface Hole {
  /** The task that fills it, e.g. 2.3. */
  task: string;
  /** FILE:LINE of its BEGIN SOLUTION. */
  place: string;
}

/** Which holes stay open: all, none, or those for which it says so. */
export type Starter = boolean | ((hole: Hole) => boolean);

/**
 * A file without its solution markers (nbgrader's convention, as comments). The finished app keeps what stands between BEGIN SOLUTION
 * and END SOLUTION; a starter has the STUB lines there instead.
 *
 * @throws UserError for markers that do not pair up, with file and line.
 */
export function unmark(text: string, { starter, file }: { starter: Starter; file: string }): string {
  const out: string[] = [];
  let open: number | undefined;
  let left = false;
  for (const [i, line] of text.split('\n').entries()) {
    const found = MARKER.exec(line);
    if (!found) {
      if (open === undefined || !left) out.push(line);
      continue;
    }
    const [, marker = '', task = '', stub] = found;
    const wrong = (what: string) => new UserError(`${file}:${i + 1}: ${what}`);
    if (marker.startsWith('BEGIN')) {
      if (open !== undefined) throw wrong(`BEGIN SOLUTION inside the one of line ${open}`);
      open = i + 1;
      left = typeof starter === 'boolean' ? starter : starter({ task, place: `${file}:${open}` });
    } else if (open === undefined) throw wrong(`${marker} without BEGIN SOLUTION`);
    else if (marker === 'END SOLUTION') open = undefined;
    else if (left) out.push(`${/^\s*/.exec(line)?.[0] ?? ''}${stub}`);
  }
  if (open !== undefined) throw new UserError(`${file}:${open}: BEGIN SOLUTION without END SOLUTION`);
  return out.join('\n');
}
