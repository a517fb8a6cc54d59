import type { AppProcess } from '../app-runner/start-app';
import { Diagnosis, type Finding, NotApplicable } from './diagnosis';
import { explain, floodOf, isInfiniteLoop, isStillLooping, wentOn } from './explain';
import type { Program } from './program';

/** The programs whose flood of output was reported. */
const floodsReported = new WeakSet<AppProcess>();

/** Does some work with a program. What the program did explains a failure, and some of it is one although the work succeeds.
 * @param insteadOf gives a finding that takes precedence over the reason of any failure.
 * @throws Diagnosis or NotApplicable; another error only if nothing explains it. */
export async function watchedOver<T>(
  program: Program,
  work: () => Promise<T>,
  insteadOf: () => Finding | undefined = () => undefined,
): Promise<T> {
  if (program.trouble) throw new Diagnosis(program.trouble);
  if (program.infiniteLoop && (await isStillLooping(program.watched)))
    throw new Diagnosis(program.infiniteLoop);
  const { watched } = program;
  const since = watched.app?.events.length ?? 0;
  let result: T;
  try {
    result = await work();
    const late = await wentOn(watched, since);
    if (late) throw new Diagnosis(late);
    // No check may come after this one that would report it.
    if (program.trouble) throw new Diagnosis(program.trouble);
  } catch (error) {
    if (error instanceof NotApplicable) throw error;
    const better = insteadOf();
    if (better) throw new Diagnosis(better);
    const found = await explain(error, watched, since);
    if (found instanceof Diagnosis && isInfiniteLoop(found.finding)) program.infiniteLoop = found.finding;
    throw found;
  }
  const { app } = watched;
  const flood = app && !floodsReported.has(app) && floodOf(watched);
  if (!app || !flood) return result;
  floodsReported.add(app);
  throw new Diagnosis(flood);
}
