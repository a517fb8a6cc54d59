import { err } from '../lib/terminal';
import { alone } from './lock';
import { changeProgress } from './progress';

/** Notes that the learner opened a fold of a lesson. A progress file that cannot be written is reported, and nothing else
 * fails. @param fold its id, e.g. `2.1-lines-1`; the caller has looked it up. */
export async function noteUnfolded(fold: string): Promise<void> {
  await alone(async () =>
    changeProgress(({ unfolded }) => ({ unfolded: { ...unfolded, [fold]: (unfolded[fold] ?? 0) + 1 } })),
  ).catch((error: Error) => err(`The opened lines were not counted: ${error.message}\n`));
}
