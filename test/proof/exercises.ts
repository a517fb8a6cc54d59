import { expect } from 'chai';
import type { Check } from '../../shared/checks';
import { listChecks } from '../../shared/checks/run';
import { isRight } from '../../shared/checks/verdict';
import { findStep, materialise, readApp } from '../../shared/steps/layers';
import type { Exercise, Starter } from '../../shared/steps/unmark';
import { Lane, type Verdict } from '../support/lane';

/**
 * A check of its own task notices each open exercise, also when everything else is done.
 */
export function verifyExercises(number: number): void {
  const step = findStep(String(number));
  let checks: Check[] = [];
  const lane = new Lane(step, 'exercises');
  /** The finished app has no lines of an optional task, and its checks fail for nobody who leaves it out. */
  const required = step.tasks.flatMap(({ id, optional }) => (optional ? [] : [id])).sort();
  const exercises: Exercise[] = [];
  readApp(number, {
    starter: (exercise) => {
      exercises.push(exercise);
      return false;
    },
  });
  const nameOf = ({ task }: Exercise, i: number) =>
    `${task}/${exercises.slice(0, i + 1).filter((one) => one.task === task).length}`;

  const check = (starter: Starter, only?: string[]): Promise<Verdict> =>
    lane.check({ make: (target) => materialise(number, target, { starter }), ...(only && { only }) });

  /** The ids of the task's checks that fail, or the tenant's message that it cannot use its file. */
  async function noticed(task: string, starter: Starter): Promise<string[]> {
    const only = checks.flatMap((one) => (one.task === task ? [one.id] : []));
    expect(only).to.not.have.length(0);
    const verdict = await check(starter, only);
    if (verdict.refused !== undefined) {
      expect(verdict.refused).to.match(/tenant\.yaml:\d+/);
      return [verdict.refused];
    }
    expect(verdict.checks.map(({ id }) => id)).to.have.members(only);
    return verdict.checks.flatMap(({ id, passed }) => (passed ? [] : [id]));
  }

  describe(`exercises of step ${step.id}`, function () {
    this.timeout(60_000);
    before(() => {
      checks = listChecks(step);
    });
    after(() => lane.close());

    it('belong to its tasks, and each task has one', () => {
      const tasks = new Set(exercises.map(({ task }) => task));
      expect([...tasks].sort()).to.deep.equal(required);
    });

    for (const [i, exercise] of exercises.entries()) {
      const name = nameOf(exercise, i);
      it(`${name} left open fails a check of task ${exercise.task}`, async () => {
        expect(await noticed(exercise.task, ({ place }) => place === exercise.place)).to.not.have.length(0);
      });
    }

    it('are all open in the starter: each task has a check that fails', async () => {
      const failed = new Set(
        (await check(true)).checks.filter((one) => !isRight(one)).map(({ task }) => task),
      );
      expect([...failed].sort()).to.deep.equal(required);
    });
  });
}
