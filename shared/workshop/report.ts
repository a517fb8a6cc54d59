import type { Check } from '../checks/index';
import { type CheckResult, isRight } from '../checks/verdict';
import { commandContext } from '../lib/command-context';
import { out } from '../lib/terminal';
import { listSteps, type Step } from '../steps/layers';
import { firstFailed } from './deduplicate-findings';

/** Lines that a round prints at most, so that none scrolls out of sight. */
const MOST_LINES = 12;
/** Lines of them for the tasks that changed. */
const MOST_CHANGES = 2;

/** What one round of `watch` prints: the verdict of what failed last time at once, and at the end what changed, the
 * finding to fix first, and the count. */
export class Report {
  readonly #progress = new ProgressLine();

  /** @param files that were saved; none for the first round.
   * @param since milliseconds since the epoch: the save.
   * @param before the results of the last round that ended. */
  constructor(
    private readonly step: Step,
    private readonly files: readonly string[],
    private readonly since: number,
    private readonly before?: readonly CheckResult[],
  ) {
    const named = files.length > 3 ? `${files.length} files` : files.join(', ');
    const time = new Date().toTimeString().slice(0, 8);
    out(`\n${time}  ${files.length > 0 ? `${named} saved` : `step ${step.id}, ${step.title}`}\n`);
  }

  starts({ title }: Check): void {
    this.#progress.show(title);
  }

  ends(): void {
    this.#progress.clear();
  }

  verdict(results: readonly CheckResult[]): void {
    this.#progress.clear();
    const task = results[0]?.task ?? '';
    const wrong = results.filter((one) => !isRight(one)).length;
    const word = wrong === 0 ? 'is right' : `is not right yet: ${checks(wrong)} failed`;
    const after = this.files.length > 0 ? `, ${Date.now() - this.since} ms after the save` : '';
    out(`Task ${task} ${word}${after}.\n`);
  }

  end(results: readonly CheckResult[]): void {
    this.#progress.clear();
    const wrong = results.filter((one) => !isRight(one)).length;
    const first = firstFailed(results);
    const changes = this.#changes(results);
    const shown = changes.length > MOST_CHANGES ? changes.slice(0, MOST_CHANGES - 1) : changes;
    const more = changes.length - shown.length;
    out(shown.join(''));
    if (more > 0) out(`and ${more} other tasks\n`);
    if (first) out(failureOf(first, firstLine));
    const next = wrong === 0 ? ` ${afterStep(this.step)}` : wrong > 1 ? ' All findings: npm run check' : '';
    out(`${countOf(results, this.step)}${next}\n`);
  }

  /** The tenant refuses its configuration. */
  refused(message: string): void {
    this.#progress.clear();
    const lines = message.split('\n');
    const fit = lines.length + 2 <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES - 3), '  …'];
    out(`${fit.join('\n')}\n`);
  }

  /** The tasks whose state is another one than in the round before, one line each. */
  #changes(results: readonly CheckResult[]): string[] {
    if (this.before === undefined) return [];
    const [now, before] = [wrongTasks(results), wrongTasks(this.before)];
    return this.step.tasks.flatMap(({ id, title }) =>
      now.has(id) === before.has(id) ? [] : `${now.has(id) ? 'not ok' : 'ok    '}  ${id}  ${title}\n`,
    );
  }
}

const checks = (count: number): string => `${count} ${count === 1 ? 'check' : 'checks'}`;

const wrongTasks = (results: readonly CheckResult[]) =>
  new Set(results.filter((one) => !isRight(one)).map(({ task }) => task));

/** How many checks of a step passed, and how many do not apply, in words. */
export function countOf(results: readonly CheckResult[], { id }: Step): string {
  const passed = results.filter((one) => one.passed).length;
  const skipped = results.filter(({ notApplicable }) => notApplicable !== undefined).length;
  const all = passed > 0 && passed === results.length ? 'All' : `${passed} of`;
  const rest = skipped > 0 ? `, ${skipped} not applicable` : '';
  return `${all} ${results.length} checks of step ${id} passed${rest}.`;
}

/** A failed check and its four parts; one line if it waits for another check, with the task to do for that one. */
export function showFailure(result: CheckResult, other?: { id: string; task: string }): void {
  if (!other) {
    out(failureOf(result, indented));
    return;
  }
  const title = listSteps()
    .flatMap(({ tasks }) => tasks)
    .find(({ id }) => id === other.task)?.title;
  const task = title === undefined ? '' : ` (task ${other.task}, ${title})`;
  out(`not ok  ${result.task}  ${result.title}: waits for ${other.id}${task}\n`);
}

function failureOf({ id, task, title, diagnosis }: CheckResult, text: (part: string) => string): string {
  return `not ok  ${task}  ${title}\n${partsOf(id, diagnosis, text)}`;
}

export function afterStep({ number }: Step): string {
  return listSteps().some((one) => one.number > number)
    ? 'Go to the next step: npm run next'
    : 'That was the last step. To export your app as a separate project: npm run workshop export ../my-own-app';
}

/** A check's finding: expected, seen, likely cause, next, each on a line. */
function partsOf(id: string, diagnosis: CheckResult['diagnosis'], shown: (part: string) => string): string {
  const { expected, seen, cause, next } = diagnosis ?? {};
  return Object.entries({ check: id, expected, seen, 'likely cause': cause, next })
    .map(([label, text]) => (text === undefined ? '' : `          ${label}: ${shown(text)}\n`))
    .join('');
}

/** An app's answer may have several lines, and none must look like a line of the report. */
const indented = (text: string) => text.replace(/\r\n?|[\n\u2028\u2029]/g, '\n            ');

function firstLine(text: string): string {
  const [first = '', ...rest] = text.trim().split(/\r\n?|[\n\u2028\u2029]/);
  return rest.length > 0 ? `${first} …` : first;
}

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
