import { findStep, listSteps } from '../../steps/layers';
import { readProgress } from '../../workshop/progress';
import { prepare } from '../view';
import { lessonOf } from './page';

/** Makes the first page quick: renders the current lesson and compiles its views, once all parties are up.
 * What fails here fails again, and is reported, when the page is opened. */
export async function warmUp(): Promise<void> {
  const number = readProgress().step ?? listSteps()[0]?.number;
  if (number === undefined) return;
  lessonOf(findStep(String(number)));
  for (const view of ['home', 'lesson']) prepare(view);
}
