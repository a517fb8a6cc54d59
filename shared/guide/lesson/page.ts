import fs from 'node:fs';
import path from 'node:path';
import type { Finding } from '../../lib/finding';
import { findStep, listSteps, ROOT, type Step } from '../../steps/layers';
import { answersOf } from '../../steps/questions';
import { brokenBefore, stepOf } from '../../workshop/earlier-steps';
import { taskExercises } from '../../workshop/help';
import { hasMyApp, myApp } from '../../workshop/my-app';
import { holds, isDone, type Progress, readProgress } from '../../workshop/progress';
import { taskTimes } from '../../workshop/task-times';
import { type FileLink, fileLink } from '../file-link';
import type { Guide } from '../guide';
import { type Lesson, renderLesson } from './markdown';
import { countOf, type FailedCheck, seenIn, taskViews } from './task-views';

/** A failed check of an earlier step. */
interface BrokenCheck extends FailedCheck {
  /** The number of its step, e.g. 02. */
  step: string;
  /** The task to continue with, in its lesson. */
  href: string;
}

const { repository } = require(path.join(ROOT, 'package.json')) as { repository?: string | { url: string } };
const HOME = (typeof repository === 'string' ? repository : (repository?.url ?? ''))
  .replace(/^git\+/, '')
  .replace(/\.git$/, '');

const lessons = new Map<string, { text: string; lesson: Lesson }>();

/** A step's lesson, rendered again when its file changed. */
export const lessonOf = (step: Step): Lesson => renderDocument(path.join(step.folder, 'README.md'));

/** A Markdown file of the repository, rendered again when it changed. */
export function renderDocument(file: string): Lesson {
  const text = fs.readFileSync(file, 'utf8');
  const known = lessons.get(file);
  if (known?.text === text) return known.lesson;
  const lesson = renderLesson(text, {
    file: path.relative(ROOT, file).split(path.sep).join('/'),
    home: HOME,
  });
  lessons.set(file, { text, lesson });
  return lesson;
}

/** The data of a step's page, without the text. */
export function stepView(guide: Pick<Guide, 'checks' | 'wire'>, step: Step) {
  const progress = readProgress();
  const steps = listSteps();
  const current = hasMyApp() ? progress.step : undefined;
  const stopped = whyStopped(guide.checks, step);
  const tasks = taskViews(guide, step, progress, stopped !== undefined);
  const broken = brokenIn(guide, step);
  const isRed = tasks.some(({ failed }) => failed.length > 0);
  const left = steps.filter((one) => !isDone(progress, one)).reduce((sum, { minutes }) => sum + minutes, 0);
  return {
    step,
    tasks,
    count: stopped ? 'No task can be checked' : countOf(tasks),
    unfolded: unfoldedIn(progress, step),
    broken,
    done: isDone(progress, step),
    /** Done, and nothing is known that is wrong now. */
    holds: !stopped && !isRed && broken.length === 0 && holdsUntil(progress, step),
    ...stopped,
    here: current === step.number,
    current: current === undefined ? undefined : findStep(String(current)),
    begun: (current ?? 0) >= step.number,
    minutesLeft: left,
    previous: steps.find(({ number }) => number === step.number - 1),
    next: steps.find(({ number }) => number === step.number + 1),
  };
}

/** Why no task of a step can be checked now: mistakes in tenant.yaml, or an app that does not start. */
function whyStopped(
  checks: Guide['checks'],
  step: Step,
): { refused: string } | { trouble: Finding } | undefined {
  if (checks.step?.number !== step.number) return undefined;
  const { refused, trouble } = checks;
  return refused !== undefined ? { refused } : trouble && { trouble };
}

/** Whether a step is done, and no task up to it failed in the last check. */
const holdsUntil = (progress: Progress, step: Step): boolean =>
  isDone(progress, step) && listSteps().every((one) => one.number > step.number || holds(progress, one));

/** How many tasks' finished lines the learner unfolded; empty when none. Only this page shows it. */
function unfoldedIn(progress: Progress, step: Step): string {
  const opened = taskTimes(progress, [step]).filter(({ unfolded }) => unfolded.lines > 0).length;
  return opened === 0 ? '' : `You opened the finished lines of ${opened} of ${step.tasks.length} tasks.`;
}

/** The findings of earlier steps that no longer pass, each once. */
function brokenIn({ checks, wire }: Pick<Guide, 'checks' | 'wire'>, step: Step): BrokenCheck[] {
  if (checks.step?.number !== step.number) return [];
  return brokenBefore({ checks: [], earlier: checks.earlier }).map((one) => {
    const of = stepOf(one) ?? step;
    const task = one.diagnosis?.task ?? one.task;
    return {
      ...one,
      waitsFor: undefined,
      todo: task,
      also: [],
      ...seenIn(wire, of, one),
      step: of.id,
      href: `/steps/${of.name}#task-${task}`,
    };
  });
}

/** The line to edit for a task, in the first of its places that is open; undefined while my-app/ has no such file. Too slow for each save. */
export function placeOf(step: Step, task: Step['tasks'][number]): FileLink | undefined {
  if (!fs.existsSync(path.join(myApp(), task.file))) return undefined;
  const exercises = taskExercises(step, task).filter(({ file }) => fs.existsSync(path.join(myApp(), file)));
  const stub = new RegExp(`\\bTask ${task.id.replace('.', '\\.')}\\b`);
  const open = exercises.find(({ mine }) => mine.some((line) => stub.test(line)));
  const { file, line } = open ?? exercises[0] ?? { file: task.file, line: 1 };
  return fileLink(path.join(myApp(), file), line);
}

/** A step's questions, with the learner's answers. */
export function questionsOf(step: Step, chosen: Record<string, unknown> = {}) {
  return step.quiz.map((one, i) => {
    const answer = chosen[`q${i}`];
    return {
      question: one.question,
      again: one.again,
      answered: typeof answer === 'string',
      answers: answersOf(one).map((each) => ({ ...each, chosen: each.text === answer })),
    };
  });
}
