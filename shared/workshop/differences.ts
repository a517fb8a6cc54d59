import { createTwoFilesPatch } from 'diff';
import { EXIT, UserError } from '../lib/user-error';
import { findStep, readApp } from '../steps/layers';
import { filesIn, textOf } from './files';
import { hasMyApp, myApp } from './my-app';
import { readProgress } from './progress';

interface Side {
  name: string;
  files: Map<string, string>;
}

/** Compares two finished steps, or my-app/ with a finished one. @param from a step; alone it is compared with my-app/.
 * @throws UserError when there is no such step, or no my-app/ to compare. */
export function differences(
  from: string | undefined,
  to: string | undefined,
): { names: [string, string]; found: { file: string; patch: string }[] } {
  const [left, right] = sides(from, to);
  const files = [...new Set([...left.files.keys(), ...right.files.keys()])].sort();
  const found = files.flatMap((file) => {
    const [before = '', after = ''] = [left.files.get(file), right.files.get(file)];
    if (before === after) return [];
    const [old, now] = [`${left.name}/${file}`, `${right.name}/${file}`];
    const patch = createTwoFilesPatch(old, now, before, after, undefined, undefined, { context: 3 });
    return [{ file, patch: patch.replace(/^=+\n/, '') }];
  });
  return { names: [left.name, right.name], found };
}

function sides(from: string | undefined, to: string | undefined): [Side, Side] {
  if (from !== undefined && to !== undefined) return [finished(from), finished(to)];
  if (!hasMyApp())
    throw new UserError(
      'There is no my-app yet. To create it, run: npm run workshop start. To compare two steps, run: npm run workshop diff 1 2',
      EXIT.usedWrongly,
    );
  const goal = finished(from ?? String(readProgress().step ?? 1));
  // Other files of the learner are not compared.
  const own = filesIn(myApp()).filter(({ file }) => goal.files.has(file));
  const texts = own.map(
    ({ file }) => [file, (textOf(myApp(), file) ?? '').replaceAll('\r\n', '\n')] as const,
  );
  return [{ name: 'my-app', files: new Map(texts) }, goal];
}

function finished(wanted: string): Side {
  const step = findStep(wanted);
  return { name: `step-${step.id}`, files: readApp(step.number) };
}
