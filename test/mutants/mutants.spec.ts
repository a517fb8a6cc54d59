import { expect } from 'chai';
import { listSteps, type Step } from '../../shared/steps/layers';
import { drawn, seedFrom } from '../proof/seed';
import { finishedLines, type Mutant, mutantsOf } from './mutants';
import { checksumOf, fileOf, keyOf, readResult, storedPairs } from './result';
import { type Caught, MutantLane } from './verdicts';

/** Mutants that run though nothing changed; MUTANT_SEED draws the same again. */
const COUNT = 30;
const SEED = seedFrom('MUTANT_SEED');

/** A mutant, and what noticed it when the result was committed. */
interface Known {
  step: Step;
  mutant: Mutant;
  last: Caught;
  /** Whether the lines, or the file of what noticed it, changed since. */
  changed: boolean;
}

/** What the committed result of a step is worth. */
interface Standing {
  known: Known[];
  /** Tasks whose lines are others by now. */
  otherLines: string[];
  /** Mutants of which it says nothing. */
  unknown: string[];
}

function standingOf(step: Step): Standing {
  const result = readResult(step);
  const { exercises, files, caught } = result;
  const mutants = mutantsOf(step, (finished) => storedPairs(result, finished));
  const others = finishedLines(step).filter((one) => !(keyOf(one) in exercises));
  const otherLines = others.map(({ exercise }) => exercise.task);
  const isOther = ({ task, file }: Mutant) =>
    others.some((one) => one.exercise.task === task && one.file === file);
  const equivalent = new Set(step.equivalent.map(({ mutant }) => mutant));
  const otherFiles = new Set(Object.keys(files).filter((file) => files[file] !== checksumOf(file)));
  const known = mutants.flatMap((mutant): Known[] => {
    const last = caught[mutant.id];
    if (!last || equivalent.has(mutant.id)) return [];
    return [{ step, mutant, last, changed: isOther(mutant) || otherFiles.has(fileOf(step, last)) }];
  });
  const unknown = mutants.map(({ id }) => id).filter((id) => !(id in caught) && !equivalent.has(id));
  return { known, otherLines, unknown };
}

describe('mutants of the finished lines', function () {
  // Milliseconds for all mutants of a step whose checks changed.
  this.timeout(600_000);
  const steps = listSteps();
  const standings = new Map(steps.map((step) => [step, standingOf(step)]));
  const all = [...standings.values()].flatMap(({ known }) => known);
  const some = new Set(drawn(all, COUNT, SEED));

  for (const step of steps) {
    const { known, otherLines, unknown } = standings.get(step) as Standing;
    const command = `npm run workshop -- dev mutate --step ${step.number}`;

    it(`step ${step.id}: the committed result is of these lines`, () => {
      const problems = [
        ...otherLines.map((task) => `the lines of task ${task} changed`),
        ...unknown.map((id) => `nothing is known of the mutant ${id}`),
      ];
      const file = `test/mutants/results/${step.id}.json`;
      expect(problems, `${file} is out of date. Run ${command}, and commit ${file}`).to.deep.equal([]);
    });

    const now = known.filter((one) => one.changed || some.has(one));
    const changed = now.filter((one) => one.changed).length;
    const title = `step ${step.id}: what noticed them notices them again: ${changed} that changed, ${now.length - changed} others (MUTANT_SEED=${SEED})`;
    it(title, async () => {
      if (now.length === 0) return;
      const lane = new MutantLane(step, 'mutants');
      const missed: string[] = [];
      try {
        for (const { mutant, last } of now)
          if (!(await lane.again(mutant, last)))
            missed.push(`${mutant.id} (${'check' in last ? last.check : last.title})`);
      } finally {
        await lane.close();
      }
      expect(missed, `nothing notices them any more. Run ${command} for another check`).to.deep.equal([]);
    });
  }
});
