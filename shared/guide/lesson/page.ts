import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { findStep, listSteps, ROOT, type Step } from '../../steps/layers';
import { taskHoles } from '../../workshop/help';
import { hasMyApp, MY_APP } from '../../workshop/my-app';
import { isDone, type Progress, readProgress } from '../../workshop/progress';
import { type FileLink, fileLink } from '../file-link';
import type { Guide } from '../guide';
import type { TaskState } from '../live-checks';
import { type Lesson, renderLesson } from './markdown';

const WORDS = {
  done: 'done',
  right: 'right',
  wrong: 'not right yet',
  checking: 'is checked',
  open: 'open',
} as const;

/** A task as the page shows it. */
export interface TaskView {
  id: string;
  title: string;
  file: string;
  state: keyof typeof WORDS;
  /** Its state, for people. */
  word: string;
  failed: TaskState['failed'];
  hints: string[];
  hintsLeft: number;
}

export interface Question {
  question: string;
  answers: { text: string; right: boolean; reason: string; chosen: boolean }[];
  answered: boolean;
}

const { repository } = require(path.join(ROOT, 'package.json')) as { repository?: string | { url: string } };
const HOME = (typeof repository === 'string' ? repository : (repository?.url ?? ''))
  .replace(/^git\+/, '')
  .replace(/\.git$/, '');

const kept = new Map<string, { text: string; lesson: Promise<Lesson> }>();

/** A step's lesson; rendered anew when its file is another one. */
export function lessonOf(step: Step): Promise<Lesson> {
  const file = path.join(step.folder, 'README.md');
  const text = fs.readFileSync(file, 'utf8');
  const known = kept.get(file);
  if (known?.text === text) return known.lesson;
  const lesson = renderLesson(text, {
    file: path.relative(ROOT, file).split(path.sep).join('/'),
    home: HOME,
  });
  kept.set(file, { text, lesson });
  return lesson;
}

/** Everything that the page of a step shows beside the text. */
export function stepView(
  guide: Pick<Guide, 'app' | 'checks'>,
  step: Step,
  progress: Progress = readProgress(),
) {
  const steps = listSteps();
  const current = hasMyApp() ? progress.step : undefined;
  const tasks = taskViews(guide, step, progress);
  const left = steps.filter((one) => !isDone(progress, one)).reduce((sum, { minutes }) => sum + minutes, 0);
  return {
    step,
    tasks,
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

/** What a round of checks makes of a task. */
const NOW = { running: 'checking', passed: 'right', failed: 'wrong' } as const;

function taskViews({ checks }: Pick<Guide, 'checks'>, step: Step, progress: Progress): TaskView[] {
  const states = new Map(checks.tasks(step).map((one) => [one.id, one]));
  return step.tasks.map((task) => {
    const known = states.get(task.id);
    const done = progress.passed[task.id] !== undefined || progress.caughtUp.includes(step.number);
    const now = known?.state ?? 'unknown';
    const state = now === 'unknown' ? (done ? 'done' : 'open') : NOW[now];
    const shown = progress.hints[task.id] ?? 0;
    return {
      id: task.id,
      title: task.title,
      file: task.file,
      state,
      word: WORDS[state],
      failed: known?.failed ?? [],
      hints: task.hints.slice(0, shown),
      hintsLeft: task.hints.length - shown,
    };
  });
}

/** Where to edit for a task; undefined as long as there is no my-app/ with its file. Its lines are looked for: not for what is told at each save. */
export function placeOf(step: Step, task: Step['tasks'][number]): FileLink | undefined {
  const file = path.join(MY_APP, task.file);
  if (!fs.existsSync(file)) return undefined;
  const line = taskHoles(step, task)[0]?.line ?? 1;
  return fileLink(file, line);
}

/** A step's questions; the answers stand in an order that tells nothing, the same each time. */
export function questionsOf(step: Step, chosen: Record<string, unknown> = {}): Question[] {
  return step.quiz.map(({ question, answers }, i) => {
    const answer = chosen[`q${i}`];
    const order = (text: string) => createHash('sha256').update(`${question}${text}`).digest('hex');
    return {
      question,
      answered: typeof answer === 'string',
      answers: [...answers]
        .sort((a, b) => (order(a.text) < order(b.text) ? -1 : 1))
        .map((one) => ({ ...one, chosen: one.text === answer })),
    };
  });
}
