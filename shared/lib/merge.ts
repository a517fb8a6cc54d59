import { diff3Merge } from 'node-diff3';

/** What the merged text gets where the learner and the step changed the same lines. */
export type Choice = 'mine' | 'new' | 'both';

export interface Merged {
  text: string;
  conflicts: { mine: string[]; theirs: string[] }[];
}

/** A three-way merge: applies the changes from `base` to `theirs` to `mine`, with the line ends of `mine`.
 * @param choice for lines that both changed; `both` marks them as git does. */
export function merge(
  { mine, base, theirs }: { mine: string; base: string; theirs: string },
  choice: Choice,
): Merged {
  const crlf = /\r\n/.test(mine);
  const lines: string[] = [];
  const conflicts: Merged['conflicts'] = [];
  for (const region of diff3Merge(split(mine), split(base), split(theirs), { excludeFalseConflicts: true })) {
    if (region.ok) lines.push(...region.ok);
    if (!region.conflict) continue;
    const { a, o, b } = region.conflict;
    // A blank line more or less is no change that somebody must decide about.
    const same = sameButBlank(b, o) || sameButBlank(a, b) ? a : sameButBlank(a, o) ? b : undefined;
    if (same) {
      lines.push(...same);
      continue;
    }
    conflicts.push({ mine: a, theirs: b });
    if (choice === 'mine') lines.push(...a);
    else if (choice === 'new') lines.push(...b);
    else lines.push('<<<<<<< mine', ...a, '=======', ...b, '>>>>>>> the step');
  }
  return { text: lines.join(crlf ? '\r\n' : '\n'), conflicts };
}

export function sameText(a: string | undefined, b: string | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && split(a).join('\n') === split(b).join('\n'));
}

const withoutBlank = (lines: readonly string[]) => lines.filter((line) => line.trim() !== '').join('\n');

const sameButBlank = (one: readonly string[], other: readonly string[]) =>
  withoutBlank(one) === withoutBlank(other);

const split = (text: string) => text.split(/\r?\n/);
