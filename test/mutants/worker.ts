import { runMain } from '../../shared/lib/user-error';
import { findStep } from '../../shared/steps/layers';
import { mutantsOf } from './mutants';
import { readResult } from './result';
import { typedPairs } from './typed-pairs';
import { type Caught, MutantLane } from './verdicts';

/** What a worker reports of one mutant. */
export interface Report {
  mutant: string;
  caught: Caught | undefined;
}

/** Tries every n-th mutant of a step: worker.ts STEP I N. Those of step.yaml are left out. */
runMain(async () => {
  const [wanted = '', i = '0', n = '1'] = process.argv.slice(2);
  const step = findStep(wanted);
  const { pairs, remove } = typedPairs(step);
  const all = mutantsOf(step, pairs);
  remove();
  const equivalent = new Set(step.equivalent.map(({ mutant }) => mutant));
  const mine = all.filter(({ id }, at) => at % Number(n) === Number(i) && !equivalent.has(id));
  const { caught: before } = readResult(step);
  const lane = new MutantLane(step, `mutants-${i}`);
  try {
    await lane.passUnchanged();
    for (const mutant of mine)
      process.send?.({ mutant: mutant.id, caught: await lane.caught(mutant, before[mutant.id]) } as Report);
  } finally {
    await lane.close();
  }
});
