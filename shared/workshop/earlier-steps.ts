import { type CheckResult, isRight, type Verdict } from '../checks/verdict';
import { listSteps, type Step } from '../steps/layers';
import { firstToFix, ReportedFindings } from './deduplicate-findings';

/** Steps in words: "step 01", "steps 01 and 02", "steps 01 to 03". */
export function named(steps: readonly Step[]): string {
  const ids = steps.map(({ id }) => id);
  if (ids.length < 2) return `step ${ids.join()}`;
  return `steps ${ids[0]} ${ids.length === 2 ? 'and' : 'to'} ${ids.at(-1)}`;
}

/** The step to which a check belongs. */
export const stepOf = ({ task }: Pick<CheckResult, 'task'>): Step | undefined =>
  listSteps().find(({ number }) => number === Number(task.split('.')[0]));

/** How many checks of earlier steps pass, in words. */
export function countBefore({ earlier }: Pick<Verdict, 'earlier'>): string {
  const steps = listSteps().filter((step) => earlier.some((one) => stepOf(one)?.number === step.number));
  const right = earlier.filter(isRight).length;
  const all = earlier.length;
  return `${right === all ? 'All' : `${right} of`} ${all} checks of ${named(steps)} still pass.`;
}

/** The failed checks of earlier steps that report a finding, each finding once. */
export function brokenBefore({ checks, earlier }: Verdict): CheckResult[] {
  const findings = new ReportedFindings([...checks, ...earlier]);
  const wrong = earlier.filter((one) => !isRight(one));
  const reported = wrong.filter((one) => findings.waitsFor(one) === undefined);
  const explained = checks.some((one) => !isRight(one));
  return reported.length > 0 || explained ? reported : wrong.slice(0, 1);
}

/** Why the learner may not go on to the next step; undefined when every check is right. */
export function whyNotDone(step: Step, verdict: Verdict): string | undefined {
  const tasksIn = (results: readonly CheckResult[]) => [
    ...new Set(results.filter((one) => !isRight(one)).map(({ task }) => task)),
  ];
  const [open, broken] = [tasksIn(verdict.checks), tasksIn(verdict.earlier)];
  const first = firstToFix(verdict);
  if (!first) return undefined;
  const are = (tasks: string[], word: string) =>
    `${tasks.join(', ')} ${tasks.length === 1 ? 'is' : 'are'} ${word}`;
  const problems = [
    ...(open.length > 0 ? [`Step ${step.id} is not done yet: ${are(open, 'open')}.`] : []),
    ...(broken.length > 0 ? [`Earlier steps no longer pass: ${are(broken, 'wrong')}.`] : []),
  ];
  const { cause, next } = first.diagnosis ?? {};
  const found = `Fix ${first.id} (${first.title}) first: ${cause}. Next: ${next}.`;
  return `${problems.join(' ')} ${found} All findings: npm run check; to go on without: npm run workshop catch-up ${step.number}`;
}
