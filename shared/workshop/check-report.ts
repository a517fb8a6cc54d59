import type { Check } from '../checks/index';
import type { CheckResult, Verdict } from '../checks/verdict';
import { out } from '../lib/terminal';
import type { Step } from '../steps/layers';
import { firstToFix, ReportedFindings } from './deduplicate-findings';
import { brokenBefore, countBefore, stepOf } from './earlier-steps';
import { countOf, showFailure } from './report';

/** What `check` prints: each check of the step as it ends, the verdict, and then what broke in the steps before. */
export class CheckReport {
  #reported = new ReportedFindings([]);
  /** Failed checks of the step that wait for one of an earlier step. */
  #waiting: { result: CheckResult; waitsFor: string }[] = [];
  #earlier: ReadonlySet<string> = new Set();
  /** By check, the task to do for it: its own, unless its finding names another one. */
  readonly #todo = new Map<string, string>();

  constructor(readonly step: Step) {}

  begin(checks: readonly Check[], earlier: readonly Check[]): void {
    this.#reported = new ReportedFindings([...checks, ...earlier]);
    this.#earlier = new Set(earlier.map(({ id }) => id));
    for (const { id, task } of [...checks, ...earlier]) this.#todo.set(id, task);
  }

  add(result: CheckResult): void {
    const { id, task, title, notApplicable, diagnosis } = result;
    const other = this.#reported.waitsFor(result);
    if (other !== undefined && this.#earlier.has(other)) this.#waiting.push({ result, waitsFor: other });
    if (diagnosis) {
      const todo = other === undefined ? undefined : this.#todo.get(other);
      this.#todo.set(id, todo ?? diagnosis.task ?? task);
      showFailure(result, other === undefined ? undefined : { id: other, task: todo ?? '' });
    } else if (notApplicable === undefined) out(`ok      ${task}  ${title}\n`);
    else out(`n/a     ${task}  ${title} (${notApplicable})\n`);
  }

  /** Before the checks of earlier steps run. */
  verdict(checks: readonly CheckResult[]): void {
    out(`\n${countOf(checks, this.step)}\n`);
  }

  end(verdict: Verdict): void {
    const { earlier } = verdict;
    const broken = new Set(earlier.filter((one) => one.diagnosis).map(({ id }) => id));
    // The check for which they wait found nothing, or did not run.
    const unexplained = this.#waiting.filter(({ waitsFor }) => !broken.has(waitsFor));
    const reported = new ReportedFindings([]);
    for (const { result } of unexplained) if (reported.waitsFor(result) === undefined) showFailure(result);
    if (earlier.length === 0) return;
    const first = firstToFix(verdict);
    if (broken.size > 0 && first && stepOf(first)?.number === this.step.number)
      out(
        `Step ${this.step.id} is not finished, which can be why checks of earlier steps fail. Finish it first.\n`,
      );
    for (const one of brokenBefore(verdict)) showFailure(one);
    out(`${countBefore(verdict)}\n`);
  }
}
