import { runMain } from '../../shared/lib/user-error';
import { findStep } from '../../shared/steps/layers';
import { type Mutant, mutantsOf } from './mutants';
import { readResult } from './result';
import { typedPairs } from './typed-pairs';
import { type Caught, caughtBySpecs, MutantLane, REFUSED } from './verdicts';

/** What a worker reports of one mutant. */
export interface Report {
  mutant: string;
  caught: Caught | undefined;
}

/** Steps whose app the specs of test/app know. */
const LAST_WITH_SPECS = 4;

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
    for (const mutant of mine) {
      const last = before[mutant.id];
      const first = last && 'check' in last && last.check !== REFUSED ? [last.check] : [];
      const caught = (await lane.caught(mutant, first)) ?? (await bySpecs(mutant, last));
      process.send?.({ mutant: mutant.id, caught } satisfies Report);
    }
  } finally {
    await lane.close();
  }
});

async function bySpecs(mutant: Mutant, last: Caught | undefined): Promise<Caught | undefined> {
  if (mutant.step > LAST_WITH_SPECS || !mutant.file.endsWith('.ts')) return undefined;
  const again = last && 'spec' in last ? await caughtBySpecs(mutant, [last.spec], last.title) : undefined;
  return again ?? caughtBySpecs(mutant);
}
