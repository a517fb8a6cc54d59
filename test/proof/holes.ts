import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listChecks, runChecks } from '../../shared/checks/run';
import { findStep, materialise, readApp, WORK } from '../../shared/steps/layers';
import type { Hole } from '../../shared/steps/unmark';
import { ConfigurationError } from '../../shared/tenant/config/document';

/**
 * Each hole that a learner leaves open is noticed by a check of its own task, also when all else is done.
 */
export function proveHoles(number: number): void {
  const step = findStep(String(number));
  const target = path.join(WORK, `holes-${step.id}-${process.pid}`);
  const holes: Hole[] = [];
  readApp(number, {
    starter: (hole) => {
      holes.push(hole);
      return false;
    },
  });
  const nameOf = ({ task }: Hole, i: number) =>
    `${task}/${holes.slice(0, i + 1).filter((one) => one.task === task).length}`;

  /** The ids of the task's checks that fail, or the tenant's own word that its file cannot be used. */
  async function noticed(task: string): Promise<string[]> {
    const only = listChecks(step).flatMap((check) => (check.task === task ? [check.id] : []));
    expect(only).to.not.have.length(0);
    try {
      const { checks } = await runChecks({ step: number, appFolder: target }, { only });
      expect(checks.map(({ id }) => id)).to.deep.equal(only);
      return checks.flatMap(({ id, passed }) => (passed ? [] : [id]));
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      return error.problems.map(({ line, message }) => `tenant.yaml:${line}  ${message}`);
    }
  }

  describe(`holes of step ${step.id}`, function () {
    this.timeout(60_000);
    afterEach(() => fs.rmSync(target, { recursive: true, force: true }));

    it('belong to its tasks, and each task has one', () => {
      const tasks = new Set(holes.map(({ task }) => task));
      expect([...tasks].sort()).to.deep.equal(step.tasks.map(({ id }) => id).sort());
    });

    for (const [i, hole] of holes.entries()) {
      const name = nameOf(hole, i);
      it(`${name} left open is told by a check of task ${hole.task}`, async () => {
        materialise(number, target, { starter: ({ place }) => place === hole.place });
        expect(await noticed(hole.task)).to.not.have.length(0);
      });
    }

    it('are all open in the starter: each task has a check that fails', async () => {
      materialise(number, target, { starter: true });
      const { checks } = await runChecks({ step: number, appFolder: target });
      const failed = new Set(checks.filter(({ passed }) => !passed).map(({ task }) => task));
      expect([...failed].sort()).to.deep.equal(step.tasks.map(({ id }) => id).sort());
    });
  });
}
