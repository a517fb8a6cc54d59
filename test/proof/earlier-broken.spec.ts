import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { listChecks } from '../../shared/checks/run';
import { isRight } from '../../shared/checks/verdict';
import { UserError } from '../../shared/lib/user-error';
import { listSteps, type Step, workFolder } from '../../shared/steps/layers';
import { type Mistake, materialiseMistake, mistakesOf } from '../../shared/steps/mistakes';
import { Lane } from '../support/lane';
import { drawn, SEED } from './seed';

/** How many mistakes of earlier steps are made in the app of each later step; PROOF_EARLIER=all makes all of them. */
const DRAWN = process.env.PROOF_EARLIER === 'all' ? Number.POSITIVE_INFINITY : 2;

/** Of the mistakes of earlier steps, how many a later app must have lines for: some lines are others there. */
const LEAST = 0.9;

/** The mistakes of the steps before that can be made in the app of a step. */
function mistakesBefore(step: Step): { all: number; fitting: Mistake[] } {
  const target = path.join(workFolder(), `earlier-${step.id}-${process.pid}`);
  const all = listSteps().flatMap((one) => (one.number < step.number ? mistakesOf(one) : []));
  const fits = (mistake: Mistake) => {
    try {
      materialiseMistake(step, mistake, target);
      return true;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  };
  try {
    return { all: all.length, fitting: all.filter(fits) };
  } finally {
    fs.rmSync(target, { recursive: true, force: true });
  }
}

describe('a mistake of an earlier step, made in the app of a later one', () => {
  for (const step of listSteps().filter(({ number }) => number > 1))
    it(`step ${step.id}: a plain check notices it`, async () => {
      const { all, fitting } = mistakesBefore(step);
      expect(fitting.length / all).to.be.at.least(LEAST);
      const lane = new Lane(step, 'earlier');
      const missed: string[] = [];
      const ownFirst = listChecks(step)[0]?.id ?? '';
      try {
        for (const mistake of drawn(fitting, DRAWN)) {
          const { checks, refused } = await lane.check({
            make: (target) => materialiseMistake(step, mistake, target),
            // Where the app does not start the step's own checks say so.
            only: [ownFirst, mistake.check],
            earlier: true,
            env: mistake.env,
          });
          if (refused === undefined && checks.every(isRight)) missed.push(mistake.id);
        }
      } finally {
        await lane.close();
      }
      expect(missed, `with PROOF_SEED=${SEED}`).to.deep.equal([]);
    }).timeout(process.env.PROOF_EARLIER === 'all' ? 1_200_000 : 60_000);
});
