import { expect } from 'chai';
import { alternativesOf, materialiseAlternative, styleOf } from '../../shared/steps/alternatives';
import { findStep } from '../../shared/steps/layers';
import { Lane } from '../support/lane';

/** A check may judge only what an app does: correct answers of other libraries and styles pass all of a step's checks. */
export function verifyAlternatives(number: number): void {
  const step = findStep(String(number));
  const lane = new Lane(step, 'alternatives');

  describe(`correct answers of step ${step.id} written in another way`, function () {
    this.timeout(120_000);
    after(() => lane.close());

    it('are at least two', () => {
      expect(alternativesOf(step)).to.have.length.of.at.least(2);
    });

    for (const name of alternativesOf(step)) {
      it(`${name}: passes every check, and says what it shows`, async () => {
        expect(styleOf(step, name)).to.match(/\w/);
        const { checks, refused } = await lane.check({
          make: (target) => materialiseAlternative(step, name, target),
        });
        expect(refused).to.equal(undefined);
        expect(checks).to.not.have.length(0);
        expect(
          checks.filter(({ passed, notApplicable }) => !passed && notApplicable === undefined),
        ).to.deep.equal([]);
      });
    }
  });
}
