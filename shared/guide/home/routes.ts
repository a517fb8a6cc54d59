import { type Request, type Response, Router } from 'express';
import { listSteps } from '../../steps/layers';
import { hasMyApp } from '../../workshop/my-app';
import { isDone, openTasks, readProgress } from '../../workshop/progress';
import type { Guide } from '../guide';
import { sendPage } from '../view';

/** The first page: the steps, the learner's progress, the remaining minutes. */
export function homeRoutes(guide: Guide): Router {
  return Router().get('/', (_req: Request, res: Response) => {
    const progress = readProgress();
    const steps = listSteps().map((step) => ({
      ...step,
      done: isDone(progress, step),
      current: hasMyApp() && progress.step === step.number,
      tasksDone: step.tasks.length - openTasks(progress, step).length,
    }));
    const left = steps.filter(({ done }) => !done).reduce((sum, { minutes }) => sum + minutes, 0);
    const at = steps.find((step) => step.current);
    // After a finished step comes the next one.
    const current = at?.done ? (steps.find(({ number }) => number === at.number + 1) ?? at) : at;
    const locals = { steps, left, current, places: guide.places };
    sendPage(res, 'home', { title: 'Call Your API', place: 'steps' }, locals);
  });
}
