import type { Check } from '../checks/index';
import { type CheckResult, isRight } from '../checks/verdict';
import { commandContext } from '../lib/command-context';
import { out } from '../lib/terminal';
import { listSteps, type Step } from '../steps/layers';
import { ReportedFindings } from './deduplicate-findings';

/** What one round of `watch` prints: each task's state as soon as it is known. */
export class Report {
  readonly #open: Map<string, { left: number; failed: CheckResult[] }>;
  readonly #progress = new ProgressLine();
  readonly #told: ReportedFindings;

  /** @param files that were saved; none for the first round.
   * @param since milliseconds since the epoch: the save. */
  constructor(
    private readonly step: Step,
    files: readonly string[],
    private readonly since: number,
    checks: readonly Check[],
  ) {
    this.#told = new ReportedFindings(checks);
    const count = (task: string) => checks.filter((one) => one.task === task).length;
    this.#open = new Map(step.tasks.map(({ id }) => [id, { left: count(id), failed: [] }]));
    const named = files.length > 3 ? `${files.length} files` : files.join(', ');
    const time = new Date().toTimeString().slice(0, 8);
    out(`\n${time}  ${files.length > 0 ? `${named} saved` : `step ${step.id}, ${step.title}`}\n`);
  }

  starts({ title }: Check): void {
    this.#progress.show(title);
  }

  add(result: CheckResult): void {
    this.#progress.clear();
    const task = this.#open.get(result.task);
    const wrong = !isRight(result);
    const other = this.#told.waitsFor(result);
    if (wrong) showFailure(result, other);
    if (!task) return;
    if (wrong) task.failed.push(result);
    task.left -= 1;
    if (task.left > 0) return;
    const title = this.step.tasks.find(({ id }) => id === result.task)?.title ?? '';
    out(`${task.failed.length === 0 ? 'ok    ' : 'not ok'}  ${result.task}  ${title}\n`);
  }

  verdict(results: readonly CheckResult[]): void {
    const task = results[0]?.task ?? '';
    const wrong = results.filter((one) => !isRight(one)).length;
    const word = wrong === 0 ? 'is right' : `is not right yet (${wrong} of ${results.length} checks)`;
    out(`Task ${task} ${word}, ${Date.now() - this.since} ms after the save.\n`);
  }

  end(results: readonly CheckResult[]): void {
    const right = results.filter(isRight).length;
    const next = right === results.length ? ` ${afterStep(this.step)}` : '';
    out(`${countOf(right, results.length, this.step)}${next}\n`);
  }

  /** The tenant refuses its configuration. */
  refused(message: string): void {
    this.#progress.clear();
    out(`${message}\n`);
  }
}

export const countOf = (passed: number, all: number, { id }: Step): string =>
  `${passed === all ? 'All' : `${passed} of`} ${all} checks of step ${id} passed.`;

/** A failed check and its four parts; one line if it waits for the check `other`. */
export function showFailure({ id, task, title, diagnosis }: CheckResult, other: string | undefined): void {
  const rest = other === undefined ? `\n${partsOf(id, diagnosis)}` : `: waits for ${other}\n`;
  out(`not ok  ${task}  ${title}${rest}`);
}

export function afterStep({ number }: Step): string {
  return listSteps().some((one) => one.number > number)
    ? 'On to the next step: npm run next'
    : 'That was the last step. Your app as a project of its own: npm run workshop export ../my-own-app';
}

/** A check's finding: expected, seen, likely cause, next, each on a line. */
function partsOf(id: string, diagnosis: CheckResult['diagnosis']): string {
  const { expected, seen, cause, next } = diagnosis ?? {};
  return Object.entries({ check: id, expected, seen, 'likely cause': cause, next })
    .map(([label, text]) => (text === undefined ? '' : `          ${label}: ${indented(text)}\n`))
    .join('');
}

/** An app's answer may have several lines, and none must look like a line of the report. */
const indented = (text: string) => text.replace(/\r\n?|[\n\u2028\u2029]/g, '\n            ');

const SLOW = 700;

/** Names a slow check on a terminal while it runs. */
export class ProgressLine {
  #timer: NodeJS.Timeout | undefined;
  #shown = false;

  show(title: string): void {
    this.clear();
    const { stderr } = commandContext();
    if (!stderr.isTTY) return;
    const start = Date.now();
    this.#timer = setInterval(() => {
      this.#shown = true;
      const s = ((Date.now() - start) / 1000).toFixed(1);
      stderr.write(`\r\u001b[K  … ${s} s  ${title.slice(0, 80)}`);
    }, SLOW);
    this.#timer.unref();
  }

  clear(): void {
    clearInterval(this.#timer);
    if (this.#shown) commandContext().stderr.write('\r\u001b[K');
    this.#shown = false;
  }
}
