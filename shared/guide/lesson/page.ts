import fs from 'node:fs';
import path from 'node:path';
import type { CheckResult } from '../../checks/run';
import { findStep, listSteps, ROOT, type Step } from '../../steps/layers';
import { answersOf } from '../../steps/questions';
import { ReportedFindings } from '../../workshop/deduplicate-findings';
import { brokenBefore, stepOf } from '../../workshop/earlier-steps';
import { NAMES, shortPath } from '../../workshop/flow/diagram';
import { taskExercises } from '../../workshop/help';
import { hasMyApp, myApp } from '../../workshop/my-app';
import { isDone, isTaskDone, type Progress, readProgress } from '../../workshop/progress';
import { taskTimes } from '../../workshop/task-times';
import { type FileLink, fileLink } from '../file-link';
import type { Guide } from '../guide';
import { keyOfCheck, type Wire } from '../wire/wire';
import { type Lesson, renderLesson } from './markdown';

const WORDS = {
  done: 'done',
  right: 'right',
  wrong: 'not right yet',
  waiting: 'waits',
  checking: 'checking…',
  open: 'open',
} as const;

export interface TaskView {
  id: string;
  title: string;
  optional: boolean;
  file: string;
  state: keyof typeof WORDS;
  word: string;
  failed: FailedCheck[];
  hints: string[];
  hintsLeft: number;
}

interface FailedCheck extends CheckResult {
  /** The title of the check that must pass first. */
  waitsFor: string | undefined;
  /** Its task. */
  waitsForTask?: string | undefined;
  /** Titles of checks of the task with the same finding, or that wait for this one. */
  also: string[];
  /** The messages with the evidence, the most important first. */
  evidence: { href: string; text: string }[];
  trace: { href: string; count: number } | undefined;
}

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
export function stepView(guide: Pick<Guide, 'app' | 'checks' | 'wire'>, step: Step) {
  const progress = readProgress();
  const steps = listSteps();
  const current = hasMyApp() ? progress.step : undefined;
  const tasks = taskViews(guide, step, progress);
  const left = steps.filter((one) => !isDone(progress, one)).reduce((sum, { minutes }) => sum + minutes, 0);
  return {
    step,
    tasks,
    count: countOf(tasks),
    unfolded: unfoldedIn(progress, step),
    broken: brokenIn(guide, step),
    done: isDone(progress, step),
    here: current === step.number,
    current: current === undefined ? undefined : findStep(String(current)),
    begun: (current ?? 0) >= step.number,
    app: guide.app.state,
    log: guide.app.recent,
    refused: guide.checks.step?.number === step.number ? guide.checks.refused : undefined,
    minutesLeft: left,
    previous: steps.find(({ number }) => number === step.number - 1),
    next: steps.find(({ number }) => number === step.number + 1),
  };
}

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
      also: [],
      ...seenIn(wire, of, one),
      step: of.id,
      href: `/steps/${of.name}#task-${task}`,
    };
  });
}

/** How many are right; empty while one is being checked. */
function countOf(tasks: readonly TaskView[]): string {
  if (tasks.some(({ state }) => state === 'checking')) return '';
  const required = tasks.filter(({ optional }) => !optional);
  const right = required.filter(({ state }) => state === 'right' || state === 'done').length;
  return `${right} of ${required.length} tasks ${right === 1 ? 'is' : 'are'} right`;
}

const NOW = { running: 'checking', passed: 'right', failed: 'wrong' } as const;

function taskViews(
  { checks, wire }: Pick<Guide, 'checks' | 'wire'>,
  step: Step,
  progress: Progress,
): TaskView[] {
  const found = checks.tasks(step);
  const states = new Map(found.map((one) => [one.id, one]));
  const wrong = found.flatMap(({ failed }) => failed);
  const reported = new ReportedFindings(wrong);
  const seen = (one: CheckResult) => seenIn(wire, step, one);
  // In the order of tasks, as findings are reported.
  const failedOf = new Map(found.map((one) => [one.id, failedChecks(one.failed, wrong, reported, seen)]));
  return step.tasks.map((task) => {
    const known = states.get(task.id);
    const done = isTaskDone(progress, step, task.id);
    const now = known?.state ?? 'unknown';
    const failed = failedOf.get(task.id) ?? [];
    // What another check keeps from running is no mistake of this task.
    const blocker = failed.every((one) => one.waitsFor !== undefined) ? failed[0]?.waitsForTask : undefined;
    const isBlocked = blocker !== undefined && blocker !== task.id;
    const state = isBlocked ? 'waiting' : now === 'unknown' ? (done ? 'done' : 'open') : NOW[now];
    const shown = progress.hints[task.id] ?? 0;
    return {
      id: task.id,
      title: task.title,
      optional: task.optional,
      file: task.file,
      state,
      word: isBlocked ? `waits for ${blocker}` : WORDS[state],
      failed,
      hints: task.hints.slice(0, shown),
      hintsLeft: task.hints.length - shown,
    };
  });
}

/** An app that does not start fails every check in the same way, which is shown once. */
function failedChecks(
  failed: readonly CheckResult[],
  all: readonly CheckResult[],
  reported: ReportedFindings,
  seen: (one: CheckResult) => Pick<FailedCheck, 'evidence' | 'trace'>,
): FailedCheck[] {
  const found: FailedCheck[] = [];
  for (const one of failed) {
    const other = reported.waitsFor(one);
    const known = other === undefined ? undefined : found.find(({ id }) => id === other);
    const first = all.find(({ id }) => id === other);
    if (known) known.also.push(one.title);
    else found.push({ ...one, waitsFor: first?.title, waitsForTask: first?.task, also: [], ...seen(one) });
  }
  return found;
}

function seenIn(wire: Wire, step: Step, { id }: CheckResult): Pick<FailedCheck, 'evidence' | 'trace'> {
  const key = keyOfCheck(step.name, id);
  const { entries = [], evidence = [] } = wire.check(key) ?? {};
  const query = `?check=${encodeURIComponent(key)}`;
  return {
    evidence: evidence.map(({ n, message: { method, url, from, to } }) => ({
      href: `/wire/${n}${query}`,
      text: `${method} ${shortPath(url.pathname)}, ${NAMES[from]} to ${NAMES[to]}`,
    })),
    trace: entries.length > 0 ? { href: `/wire${query}`, count: entries.length } : undefined,
  };
}

/** The line to edit for a task; undefined while my-app/ has no such file. Too slow for each save. */
export function placeOf(step: Step, task: Step['tasks'][number]): FileLink | undefined {
  const file = path.join(myApp(), task.file);
  if (!fs.existsSync(file)) return undefined;
  const line = taskExercises(step, task)[0]?.line ?? 1;
  return fileLink(file, line);
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
