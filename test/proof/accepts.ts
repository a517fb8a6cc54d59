import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { runChecks } from '../../shared/checks/run';
import { acceptsOf, materialiseAccept, styleOf } from '../../shared/steps/accepts';
import { findStep, WORK } from '../../shared/steps/layers';

/** A check may judge only what an app does: correct answers of other libraries and styles pass all of a step's checks. */
export function proveAccepts(number: number): void {
  const step = findStep(String(number));
  const target = path.join(WORK, `accepts-${step.id}-${process.pid}`);

  describe(`correct answers of step ${step.id} written in another way`, function () {
    this.timeout(120_000);
    afterEach(() => fs.rmSync(target, { recursive: true, force: true }));

    it('are at least two', () => {
      expect(acceptsOf(step)).to.have.length.of.at.least(2);
    });

    for (const name of acceptsOf(step)) {
      it(`${name}: passes every check, and says what it shows`, async () => {
        expect(styleOf(step, name)).to.match(/\w/);
        materialiseAccept(step, name, target);
        const { checks } = await runChecks({ step: number, appFolder: target });
        expect(checks).to.not.have.length(0);
        expect(
          checks.filter(({ passed, notApplicable }) => !passed && notApplicable === undefined),
        ).to.deep.equal([]);
      });
    }
  });
}
