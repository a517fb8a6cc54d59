import { type Request, type Response, Router } from 'express';
import { listSteps } from '../../steps/layers';
import { hasMyApp } from '../../workshop/my-app';
import { holds, isDone, isTaskDone, isWrong, readProgress } from '../../workshop/progress';
import type { Guide } from '../guide';
import { sendPage } from '../view';

/** The first page: the steps, the learner's progress, the remaining minutes. */
export function homeRoutes(guide: Guide): Router {
  return Router().get('/', (_req: Request, res: Response) => {
    const progress = readProgress();
    const stopped = guide.checks.refused === undefined ? undefined : guide.checks.step?.number;
    const steps = listSteps().map((step) => {
      const required = step.tasks.filter(({ optional }) => !optional);
      const isNow = ({ id }: (typeof required)[number]) =>
        isTaskDone(progress, step, id) && !isWrong(progress, id);
      const wasDone = isDone(progress, step);
      const broken = wasDone && (!holds(progress, step) || stopped === step.number);
      return {
        ...step,
        wasDone,
        broken,
        done: wasDone && !broken,
        current: hasMyApp() && progress.step === step.number,
        tasksDone: required.filter(isNow).length,
        tasksAll: required.length,
      };
    });
    const left = steps.filter(({ wasDone }) => !wasDone).reduce((sum, { minutes }) => sum + minutes, 0);
    const broken = steps.find((step) => step.broken);
    const at = steps.find((step) => step.current);
    // After a finished step comes the next one, once all of it holds.
    const current = at?.done && !broken ? (steps.find(({ number }) => number === at.number + 1) ?? at) : at;
    const locals = { steps, left, broken, current, places: guide.places };
    sendPage(res, 'home', { title: 'Call Your API', place: 'steps' }, locals);
  });
}
