import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import type { Course } from '../../shared/checks/course';
import { listChecks, runChecks } from '../../shared/checks/run';
import { findStep, WORK } from '../../shared/steps/layers';
import { materialiseMistake, mistakesOf } from '../../shared/steps/mistakes';

/**
 * Each known wrong turn of a step fails the check that is meant for it, for its own reason: a learner reads what really went wrong.
 *
 * @param unproved checks that no wrong turn of mistakes.yaml fails, by id.
 */
export function proveMistakes(number: number, { unproved = [] }: { unproved?: string[] } = {}): void {
  const step = findStep(String(number));
  const mistakes = mistakesOf(step);
  const target = path.join(WORK, `mistakes-${step.id}-${process.pid}`);

  describe(`known wrong turns of step ${step.id}`, function () {
    this.timeout(60_000);
    afterEach(() => fs.rmSync(target, { recursive: true, force: true }));

    it('have an id of their own each', () => {
      const ids = mistakes.map(({ id }) => id);
      expect(ids).to.deep.equal([...new Set(ids)]);
    });

    it('name checks of this step, and leave out only those that are listed here', () => {
      if (mistakes.length === 0) return;
      const checks = listChecks(step).map(({ id }) => id);
      const named = new Set(mistakes.map(({ check }) => check));
      expect([...named].filter((id) => !checks.includes(id))).to.deep.equal([]);
      expect(checks.filter((id) => !named.has(id))).to.deep.equal(unproved);
    });

    for (const mistake of mistakes) {
      it(`${mistake.id}: ${mistake.title}`, async () => {
        materialiseMistake(step, mistake, target);
        const subject = { step: number, appFolder: target, appEnv: mistake.env };
        let course: Course | undefined;
        const { checks } = await runChecks(subject, {
          only: [mistake.check],
          onResult: (_result, passed) => {
            course = passed;
          },
        });
        const [result] = checks;
        const { id, cause = '', seen = '' } = result?.diagnosis ?? {};
        expect(id, `${result?.id} saw: ${seen}; cause: ${cause}`).to.equal(mistake.diagnosis);
        expect(cause).to.include(mistake.says);
        // Whoever reads of a message can open it; what stands in tenant.yaml, or keeps the app from starting, stands in no message.
        if ((course?.messages.length ?? 0) > 0)
          expect(course?.spokenOf, `what ${result?.id} saw: ${seen}`).to.not.deep.equal([]);
      });
    }
  });
}
