import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { rmSync } from '../lib/held';
import { UserError } from '../lib/user-error';
import { alternativesOf, materialiseAlternative } from './alternatives';
import { listSteps, materialise, parsed, type Step } from './layers';

/** One change of a finished app: replaces a text that occurs once, or writes or removes a file. */
const edit = z.union([
  z.strictObject({ file: z.string(), replace: z.string(), with: z.string() }),
  z.strictObject({ file: z.string(), text: z.string() }),
  z.strictObject({ file: z.string(), remove: z.literal(true) }),
]);

const mistakesFile = z.array(
  z.strictObject({
    /** Stable and unique within the step. */
    id: z.string(),
    /** What people do, and why, in one line. */
    title: z.string(),
    check: z.string(),
    diagnosis: z.string(),
    /** A part of the diagnosis's cause, so that a general one is not enough. */
    says: z.string(),
    /** A solution in `accepts/` of this step, or the newest before it, to edit instead of the finished app. */
    from: z.string().optional(),
    edits: z.array(edit),
    /** Different settings of the app, as a wrong .env has them; empty for a missing one. */
    env: z.record(z.string(), z.string()).optional(),
  }),
);

export type Mistake = z.output<typeof mistakesFile>[number];
export type Edit = z.output<typeof edit>;

export function mistakesOf(step: Step): Mistake[] {
  const file = path.join(step.folder, 'mistakes.yaml');
  if (!fs.existsSync(file)) return [];
  const found = mistakesFile.safeParse(parsed(file));
  if (!found.success) throw new UserError(`${file} is malformed:\n${z.prettifyError(found.error)}`);
  return found.data;
}

/** Writes the finished app of a step with the mistake. */
export function materialiseMistake(step: Step, mistake: Mistake, target: string): void {
  if (mistake.from === undefined) materialise(step.number, target);
  else materialiseAlternative(newestWith(step, mistake.from), mistake.from, target);
  for (const one of mistake.edits) applyEdit(target, one, `${step.name}/mistakes.yaml, ${mistake.id}`);
}

function newestWith(step: Step, name: string): Step {
  const found = listSteps().findLast(
    (one) => one.number <= step.number && alternativesOf(one).includes(name),
  );
  if (!found) throw new UserError(`No step up to ${step.id} has accepts/${name}.`);
  return found;
}

/** @throws UserError when the file does not exist, or does not contain the text to replace exactly once. */
export function applyEdit(folder: string, one: Edit, where: string): void {
  const file = path.join(folder, one.file);
  if (!('text' in one) && !fs.existsSync(file))
    throw new UserError(`${where}: there is no file ${one.file} to change`);
  if ('remove' in one) rmSync(file);
  else if ('text' in one) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, one.text);
  } else {
    const parts = fs.readFileSync(file, 'utf8').split(one.replace);
    if (parts.length !== 2)
      throw new UserError(
        `${where}: this occurs ${parts.length - 1} times in ${one.file}, not once:\n${one.replace}`,
      );
    fs.writeFileSync(file, parts.join(one.with));
  }
}
