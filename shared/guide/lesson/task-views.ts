import { byTask, type CheckResult } from '../../checks/verdict';
import type { Step } from '../../steps/layers';
import { ReportedFindings } from '../../workshop/deduplicate-findings';
import { nameIn, shortPath } from '../../workshop/flow/diagram';
import { isTaskDone, type Progress } from '../../workshop/progress';
import type { LiveChecks, TaskState } from '../live-checks';
import { keyOfCheck, type Wire } from '../wire/wire';
import { codeSpans, type Span } from './code-spans';

const WORDS = {
  done: 'done',
  right: 'right',
  wrong: 'not right yet',
  waiting: 'waits',
  checking: 'checking…',
  open: 'open',
  unchecked: 'not checked',
} as const;

export interface TaskView {
  id: string;
  title: string;
  optional: boolean;
  file: string;
  state: keyof typeof WORDS;
  word: string;
  failed: FailedCheck[];
  hints: Span[][];
  hintsLeft: number;
}

export interface FailedCheck extends CheckResult {
  /** The title of the check that must pass first. */
  waitsFor: string | undefined;
  /** The task to do first: its own, unless a finding names another one. */
  todo: string;
  /** Titles of checks of the task with the same finding, or that wait for this one. */
  also: string[];
  /** The messages with the evidence, the most important first. */
  evidence: { href: string; text: string }[];
  trace: { href: string; count: number } | undefined;
}

/** How many are right; empty while one is being checked. */
export function countOf(tasks: readonly TaskView[]): string {
  if (tasks.some(({ state }) => state === 'checking')) return '';
  const required = tasks.filter(({ optional }) => !optional);
  const right = required.filter(({ state }) => state === 'right' || state === 'done').length;
  return `${right} of ${required.length} tasks ${right === 1 ? 'is' : 'are'} right`;
}

/** @param isStopped whether no check can run now: then nothing is known of any task. */
export function taskViews(
  { checks, wire }: { checks: Pick<LiveChecks, 'tasks'>; wire: Wire },
  step: Step,
  progress: Progress,
  isStopped: boolean,
): TaskView[] {
  const found = checks.tasks(step).map((one) => (isStopped ? { ...one, failed: [] } : one));
  const wrong = found.flatMap(({ failed }) => failed);
  const reported = new ReportedFindings(wrong);
  // In the order of tasks, as findings are reported.
  const waits = new Map(wrong.map((one) => [one.id, reported.waitsFor(one)]));
  const shownOf = (failed: readonly CheckResult[]) =>
    failedChecks(failed, wrong, waits, (one) => seenIn(wire, step, one));
  const failedOf = new Map(found.map((one) => [one.id, shownOf(one.failed)]));
  return step.tasks.map((task) => {
    const failed = failedOf.get(task.id) ?? [];
    const now = isStopped ? 'stopped' : found.find(({ id }) => id === task.id)?.state;
    const shown = progress.hints[task.id] ?? 0;
    return {
      id: task.id,
      title: task.title,
      optional: task.optional,
      file: task.file,
      ...stateOf(task, now, failed, isTaskDone(progress, step, task.id)),
      failed,
      hints: task.hints.slice(0, shown).map(codeSpans),
      hintsLeft: task.hints.length - shown,
    };
  });
}

/**
 * A task's state, and its word.
 *
 * @param wasDone whether the task's checks passed once.
 */
function stateOf(
  { id, optional }: Step['tasks'][number],
  now: TaskState['state'] | 'stopped' | undefined,
  failed: readonly FailedCheck[],
  wasDone: boolean,
): Pick<TaskView, 'state' | 'word'> {
  const as = (state: TaskView['state'], word: string = WORDS[state]) => ({ state, word });
  if (now === 'stopped') return as('unchecked');
  if (now === 'running') return as('checking');
  if (now === 'passed') return as('right');
  if (now === 'failed') {
    // What another task keeps from being checked is no mistake of this one.
    const first = failed.every(({ todo }) => todo !== id) ? failed[0]?.todo : undefined;
    if (first !== undefined)
      return as('waiting', isBefore(first, id) ? `waits for ${first}` : `checked after ${first}`);
    // Its checks wait for one whose finding names this task.
    return failed.every(({ waitsFor }) => waitsFor !== undefined) ? as('open', 'next') : as('wrong');
  }
  if (now === 'skipped') return optional ? as('open', 'optional') : as('right');
  if (wasDone) return as('done');
  return optional ? as('open', 'optional') : as('open');
}

const isBefore = (one: string, other: string) => byTask({ task: one }) < byTask({ task: other });

/** Checks of one task that wait for the same check are shown once. @param waits by a check's id, the one it waits for. */
function failedChecks(
  failed: readonly CheckResult[],
  all: readonly CheckResult[],
  waits: ReadonlyMap<string, string | undefined>,
  seen: (one: CheckResult) => Pick<FailedCheck, 'evidence' | 'trace'>,
): FailedCheck[] {
  const found: FailedCheck[] = [];
  for (const one of failed) {
    const other = waits.get(one.id);
    const known = other === undefined ? undefined : found.find(({ id }) => id === other);
    const first = all.find(({ id }) => id === other);
    if (known) known.also.push(one.title);
    else
      found.push({ ...one, waitsFor: first?.title, todo: todoOf(one, all, waits), also: [], ...seen(one) });
  }
  return found;
}

/** The task to do for a failed check: the one that the finding for which it waits names, or the task of that finding. */
function todoOf(
  one: CheckResult,
  all: readonly CheckResult[],
  waits: ReadonlyMap<string, string | undefined>,
): string {
  const passed = new Set<string>();
  let at = one;
  while (!passed.has(at.id)) {
    passed.add(at.id);
    at = all.find(({ id }) => id === waits.get(at.id)) ?? at;
  }
  return at.diagnosis?.task ?? at.task;
}

/** The messages of a check: those with the evidence, and how many there are. */
export function seenIn(wire: Wire, step: Step, { id }: CheckResult): Pick<FailedCheck, 'evidence' | 'trace'> {
  const key = keyOfCheck(step.name, id);
  const { entries = [], evidence = [] } = wire.check(key) ?? {};
  const query = `?check=${encodeURIComponent(key)}`;
  return {
    evidence: evidence.map(({ n, message }) => ({
      href: `/wire/${n}${query}`,
      text: `${message.method} ${shortPath(message.url.pathname)}, ${nameIn(message, message.from)} to ${nameIn(message, message.to)}`,
    })),
    trace: entries.length > 0 ? { href: `/wire${query}`, count: entries.length } : undefined,
  };
}
