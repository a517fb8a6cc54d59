import { type Request, type Response, Router } from 'express';
import type { Choice } from '../../lib/merge';
import { UserError } from '../../lib/user-error';
import { findStep, layersOf, listSteps, readApp, type Step } from '../../steps/layers';
import { differences } from '../../workshop/differences';
import { outdent } from '../../workshop/exercises';
import { nextHint, showSolution, taskExercises } from '../../workshop/help';
import {
  type Ask,
  catchUp,
  conflictsOf,
  type Moved,
  nextStep,
  resetStep,
  startFresh,
  startStep,
  undo,
} from '../../workshop/moves';
import { readProgress } from '../../workshop/progress';
import type { Guide } from '../guide';
import { sendPage } from '../view';
import { wirePanel } from '../wire/panel';
import { highlighted } from './highlight';
import { checkNow } from './live';
import { lessonOf, placeOf, questionsOf, stepView } from './page';

/** The lessons, and what a learner can do in them: the same as the commands at the shell. */
export function lessonRoutes(guide: Guide): Router {
  const routes = Router();
  routes.get(
    '/steps/:step',
    of(async (step, req, res) => {
      const { parts, headings } = lessonOf(step);
      const view = stepView(guide, step);
      const questions = questionsOf(step, req.query);
      const places = Object.fromEntries(step.tasks.map((task) => [task.id, placeOf(step, task)]));
      const copy =
        typeof req.query.copy === 'string' && /^\d+$/.test(req.query.copy) ? req.query.copy : undefined;
      sendPage(
        res,
        'lesson',
        { title: `${step.id} ${step.title}`, place: 'steps' },
        { ...view, ...wirePanel(guide), parts, headings, questions, copy, places },
      );
    }),
  );
  routes.get(
    '/steps/:step/files/*file',
    of(async (step, req, res) => {
      const file = [req.params.file].flat().join('/');
      const text = readApp(step.number).get(file);
      if (text === undefined) return notHere(res, `The app after step ${step.id} has no file ${file}.`);
      const from = layersOf(step.number).get(file);
      const code = highlighted(text, file.split('.').at(-1) ?? '');
      sendPage(res, 'file', { title: file, place: 'steps' }, { step, file, from, code });
    }),
  );
  routes.get(
    '/steps/:step/diff',
    of(async (step, req, res) => {
      const mine = req.query.mine !== undefined;
      const before = listSteps().find(({ number }) => number === step.number - 1);
      if (!mine && !before)
        return notHere(res, `Step ${step.id} is the first one: there is none to compare it with.`);
      const { names, found } = mine ? differences(step.id, undefined) : differences(before?.id, step.id);
      const patches = found.map(({ file, patch }) => ({ file, html: highlighted(patch, 'diff') }));
      sendPage(
        res,
        'diff',
        { title: `${names[0]} against ${names[1]}`, place: 'steps' },
        { step, names, patches, mine },
      );
    }),
  );
  routes.post(
    '/steps/:step/check',
    of(async (step, _req, res) => {
      await checkNow(guide, step);
      res.redirect(303, `/steps/${step.name}`);
    }),
  );
  routes.post(
    '/steps/:step/tasks/:task/hint',
    of(async (step, req, res) => {
      nextHint(taskOf(step, req));
      res.redirect(303, `/steps/${step.name}#help-${String(req.params.task)}`);
    }),
  );
  routes.get(
    '/steps/:step/tasks/:task/solution',
    of(async (step, req, res) => {
      const task = taskOf(step, req);
      // Already shown, or the task is done.
      const { passed, solutions } = readProgress();
      const asked = passed[task.id] === undefined && !solutions.includes(task.id);
      sendPage(
        res,
        'solution',
        { title: `${task.id} ${task.title}`, place: 'steps' },
        { step, task, asked, exercises: asked ? [] : coloured(taskExercises(step, task), task.file) },
      );
    }),
  );
  routes.post(
    '/steps/:step/tasks/:task/solution',
    of(async (step, req, res) => {
      const task = taskOf(step, req);
      showSolution(step, task);
      res.redirect(303, `/steps/${step.name}/tasks/${task.id}/solution`);
    }),
  );
  const move = (work: (step: Step, ask: Ask) => Promise<Moved>) =>
    of(async (step, req, res) => {
      const given = (req.body ?? {}) as Record<string, string>;
      const ask: Ask = async ({ file }) => {
        const choice = CHOICES.find((one) => one === given[`choice ${file}`]);
        if (choice === undefined) throw new Undecided();
        return choice;
      };
      try {
        const { step: now, copy } = await work(step, ask);
        await guide.moved();
        res.redirect(303, `/steps/${(now ?? step).name}?copy=${copy.id}`);
      } catch (error) {
        if (!(error instanceof Undecided)) throw error;
        res.status(409);
        const to = req.path.endsWith('/next') ? findStep(String(step.number + 1)) : step;
        const conflicts = conflictsOf(to);
        sendPage(
          res,
          'conflict',
          { title: 'You and the step changed the same lines', place: 'steps' },
          { step, action: req.path, conflicts },
        );
      }
    });
  routes.post('/steps/:step/start', move(startStep));
  routes.post('/steps/:step/start-fresh', move(startFresh));
  routes.post('/steps/:step/reset', move(resetStep));
  routes.post('/steps/:step/catch-up', move(catchUp));
  routes.post(
    '/steps/:step/next',
    move((_step, ask) => nextStep(ask)),
  );
  routes.post(
    '/steps/:step/undo',
    move(() => undo()),
  );
  return routes;
}

/** Nothing was changed: the learner must choose first between both versions of some lines. */
class Undecided extends Error {}

const CHOICES: readonly Choice[] = ['mine', 'new', 'both'];

type Handler = (step: Step, req: Request, res: Response) => Promise<void>;

/** Finds the step of the address. */
const of =
  (work: Handler) =>
  async (req: Request, res: Response): Promise<void> => {
    let step: Step;
    try {
      step = findStep(String(req.params.step));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return notHere(res, error.message);
    }
    await work(step, req, res);
  };

function notHere(res: Response, text: string): void {
  res.status(404);
  sendPage(res, 'message', { title: 'Not here', place: 'steps' }, { text });
}

function taskOf(step: Step, req: Request): Step['tasks'][number] {
  const task = step.tasks.find(({ id }) => id === req.params.task);
  if (!task) throw new UserError(`Step ${step.id} has no task ${String(req.params.task)}.`);
  return task;
}

function coloured(exercises: ReturnType<typeof taskExercises>, file: string) {
  const language = file.split('.').at(-1) ?? '';
  const html = (lines: string[]) => highlighted(outdent(lines).join('\n'), language);
  return exercises.map(({ finished, mine }) => ({ finished: html(finished), mine: html(mine) }));
}
