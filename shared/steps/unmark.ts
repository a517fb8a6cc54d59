import { UserError } from '../party/user-error';

const MARKER = /^\s*(?:\/\/|#|\/\/-|\/\*) ?(BEGIN SOLUTION (\d+\.\d+)|END SOLUTION|STUB ?(.*))\s*(?:\*\/)?$/;

/**
 * A file without its solution markers (nbgrader's convention, as comments). The finished app keeps what stands between BEGIN SOLUTION
 * and END SOLUTION; a starter has the STUB lines there instead.
 *
 * @throws UserError for markers that do not pair up, with file and line.
 */
export function unmark(text: string, { starter, file }: { starter: boolean; file: string }): string {
  const out: string[] = [];
  let open: number | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const found = MARKER.exec(line);
    if (!found) {
      if (open === undefined || !starter) out.push(line);
      continue;
    }
    const [, marker = '', , stub] = found;
    const wrong = (what: string) => new UserError(`${file}:${i + 1}: ${what}`);
    if (marker.startsWith('BEGIN')) {
      if (open !== undefined) throw wrong(`BEGIN SOLUTION inside the one of line ${open}`);
      open = i + 1;
    } else if (open === undefined) throw wrong(`${marker} without BEGIN SOLUTION`);
    else if (marker === 'END SOLUTION') open = undefined;
    else if (starter) out.push(`${/^\s*/.exec(line)?.[0] ?? ''}${stub}`);
  }
  if (open !== undefined) throw new UserError(`${file}:${open}: BEGIN SOLUTION without END SOLUTION`);
  return out.join('\n');
}
