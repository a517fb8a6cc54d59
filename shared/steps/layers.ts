import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { renameSync, rmSync } from '../lib/held';
import { ROOT, workFolder } from '../lib/places';
import { UserError } from '../lib/user-error';
import { naming } from '../lib/write-whole';
import { mayBeMarked, type Starter, unmark } from './unmark';

export { ROOT, workFolder };

const task = z.strictObject({
  id: z.string().regex(/^\d+\.\d+$/),
  title: z.string(),
  file: z.string(),
  hints: z.array(z.string()).length(3),
  /** The step is done without it, and the finished app does not have it. Default: false. */
  optional: z.boolean().default(false),
});

/** A changed line that no test can notice, and why. */
const equivalent = z
  .strictObject({
    /** As `npm run workshop dev mutate` names it. */
    mutant: z.string(),
    /** `logged`: text that is only logged. `library`: the library guarantees it. `order`: nobody can observe the order. */
    reason: z.enum(['logged', 'library', 'order']),
    /** The library that guarantees it. */
    library: z.string().optional(),
    because: z.string(),
  })
  .refine(({ reason, library }) => (reason === 'library') === (library !== undefined), {
    error: 'name the library where it is the reason, and only there',
  });

/** A question of a lesson. */
const question = z.strictObject({
  question: z.string(),
  /** Whether it asks for a fact or for a reason. */
  asks: z.enum(['what', 'why']).default('what'),
  /** Two digits: the earlier step that asked it first. */
  again: z
    .string()
    .regex(/^\d\d$/)
    .optional(),
  answers: z
    .array(z.strictObject({ text: z.string(), right: z.boolean().default(false), reason: z.string() }))
    .length(4)
    .refine((answers) => answers.filter(({ right }) => right).length === 1, { error: 'one answer is right' }),
});

const stepFile = z.strictObject({
  title: z.string(),
  /** What the learner has at its end, as the README's table of steps says it. */
  goal: z.string(),
  minutes: z.int().positive(),
  tasks: z.array(task).min(1).max(6),
  quiz: z.array(question).min(6),
  /** The package versions with which the step was last verified. */
  versions: z.record(z.string(), z.string()),
  /** Files that replace an earlier step's, with that file's checksum when both were last compared. */
  over: z.record(z.string(), z.string()).default({}),
  /** Mutants of the finished lines that no test can notice. */
  equivalent: z.array(equivalent).default([]),
});

export type StepFile = z.output<typeof stepFile>;
export interface Step extends StepFile {
  number: number;
  /** Two digits: 01. */
  id: string;
  /** The folder's name: 01-configure-your-api. */
  name: string;
  folder: string;
}

/** Parsed step.yaml files by their text: a command reads the steps several times. */
const read = new Map<string, StepFile>();

export function listSteps(): Step[] {
  const folder = path.join(ROOT, 'steps');
  return (
    fs
      .readdirSync(folder)
      // A branch of an early step has a later one's API, and nothing else of that step.
      .filter((name) => /^\d\d-/.test(name) && fs.existsSync(path.join(folder, name, 'step.yaml')))
      .sort()
      .map((name) => {
        const file = path.join(folder, name, 'step.yaml');
        return {
          ...readStep(file),
          number: Number(name.slice(0, 2)),
          id: name.slice(0, 2),
          name,
          folder: path.join(folder, name),
        };
      })
  );
}

function readStep(file: string): StepFile {
  const text = fs.readFileSync(file, 'utf8');
  const known = read.get(text);
  if (known) return known;
  const found = stepFile.safeParse(parsed(file));
  if (!found.success) throw new UserError(`${file} is malformed:\n${z.prettifyError(found.error)}`);
  read.set(text, found.data);
  return found.data;
}

/** The content of a YAML file of a step. @throws UserError for invalid YAML, with file and line. */
export function parsed(file: string): unknown {
  try {
    return parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`${file} is no YAML: ${(error as Error).message}`);
  }
}

/** @throws UserError for a step that does not exist, listing the steps. */
export function findStep(wanted: string): Step {
  const steps = listSteps();
  const found = steps.find(
    (step) => step.name === wanted || (/^\d+$/.test(wanted) && step.number === Number(wanted)),
  );
  if (found) return found;
  const list = steps.map((step) => `  ${step.id}  ${step.title}`).join('\n');
  const task = steps.find(({ tasks }) => tasks.some(({ id }) => id === wanted));
  throw new UserError(
    task
      ? `${wanted} is a task of step ${task.id}; say ${task.number}, and all tasks of the step are meant.`
      : `There is no step "${wanted}". The steps are:\n${list}`,
  );
}

/** The files of the app after a step: by path, the last step that has it. */
export function layersOf(step: number): Map<string, Step> {
  const files = new Map<string, Step>();
  for (const one of listSteps().filter(({ number }) => number <= step)) {
    const app = path.join(one.folder, 'app');
    for (const entry of fs.readdirSync(app, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.set(path.relative(app, path.join(entry.parentPath, entry.name)), one);
    }
  }
  return files;
}

export interface AppOptions {
  /** Removes all or some solutions of this step, as for a learner who begins. */
  starter?: Starter;
}

/** The app after a step: texts without markers by path with forward slashes. The union of layers 1…N; a later one
 * wins. */
export function readApp(step: number, { starter = false }: AppOptions = {}): Map<string, string> {
  const files = new Map<string, string>();
  for (const [file, layer] of layersOf(step)) {
    const from = path.join(layer.folder, 'app', file);
    const text = fs.readFileSync(from, 'utf8');
    const marked = mayBeMarked(file);
    files.set(
      file.split(path.sep).join('/'),
      marked ? unmark(text, { starter: layer.number === step && starter, file: from }) : text,
    );
  }
  return files;
}

/** Writes the app after a step, replacing `target` completely or not at all. */
export function materialise(step: number, target: string, options: AppOptions = {}): void {
  const beside = `${target}.${process.pid}.${randomBytes(4).toString('hex')}`;
  for (const [file, text] of readApp(step, options)) {
    const to = path.join(beside, file);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    naming(to, () => fs.writeFileSync(to, text));
  }
  const old = `${beside}.old`;
  try {
    if (fs.existsSync(target)) renameSync(target, old);
    renameSync(beside, target);
  } catch (error) {
    if (!fs.existsSync(target) && fs.existsSync(old)) renameSync(old, target);
    rmSync(beside, { recursive: true, force: true });
    // Windows cannot rename the folder in which a process runs.
    if (!['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new UserError(
      `${target} cannot be replaced: ${(error as Error).message}. An app that runs there, or another program, may have it open. Stop it, then try again.`,
    );
  }
  rmSync(old, { recursive: true, force: true });
}
