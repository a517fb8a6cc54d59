import { findStep, listSteps } from '../../steps/layers';
import { readProgress } from '../../workshop/progress';
import { prepare } from '../view';
import { lessonOf } from './page';

/**
 * Makes the first page quick: loads what draws diagrams and colours code, with the lesson that is current, and compiles the pages'
 * templates. To be called once all parties are up, while a person reads where to go. What fails here fails again, and is reported, when the
 * page is asked for.
 */
export async function warmUp(): Promise<void> {
  const number = readProgress().step ?? listSteps()[0]?.number;
  if (number === undefined) return;
  lessonOf(findStep(String(number)));
  for (const view of ['home', 'lesson']) prepare(view);
}
