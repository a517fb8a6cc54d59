import { type Request, type Response, Router } from 'express';
import type { Verdict } from '../../checks/verdict';
import type { Choice } from '../../lib/merge';
import { UserError } from '../../lib/user-error';
import { findStep, layersOf, listSteps, readApp, type Step } from '../../steps/layers';
import { listCopies } from '../../workshop/copies';
import { differences } from '../../workshop/differences';
import { outdent } from '../../workshop/exercises';
import { filesIn } from '../../workshop/files';
import { nextHint, showSolution, type TaskExercise, taskExercises } from '../../workshop/help';
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
import { noteUnfolded } from '../../workshop/note-unfolded';
import { readProgress } from '../../workshop/progress';
import type { Guide } from '../guide';
import { sendNotFound, sendPage } from '../view';
import { wirePanel } from '../wire/panel';
import { highlighted } from './highlight';
import { checkNow } from './live';
import { lessonOf, placeOf, questionsOf, stepView } from './page';

/** The lessons, and what a learner can do in them: the same as the commands at the shell. */
export function lessonRoutes(guide: Guide): Router {
  const routes = Router();
  const get = (at: string, work: Handler) => routes.get(`/steps/:step${at}`, of(work));
  const post = (at: string, work: Handler) => routes.post(`/steps/:step${at}`, of(work));
  get('', async (step, { query }, res) => {
    const copy = typeof query.copy === 'string' && /^\d+$/.test(query.copy) ? query.copy : undefined;
    sendStep(res, 'lesson', `${step.id} ${step.title}`, {
      ...stepView(guide, step),
      ...wirePanel(guide),
      ...lessonOf(step),
      questions: questionsOf(step, query),
      copy,
      // There was no my-app.
      copyIsEmpty: listCopies().some(({ id, folder }) => id === Number(copy) && filesIn(folder).length === 0),
      undone: query.undone !== undefined,
      places: Object.fromEntries(step.tasks.map((task) => [task.id, placeOf(step, task)])),
    });
  });
  get('/files/*file', async (step, req, res) => {
    const file = [req.params.file].flat().join('/');
    const text = readApp(step.number).get(file);
    if (text === undefined)
      return sendNotFound(res, 'steps', `The app after step ${step.id} has no file ${file}.`);
    const from = layersOf(step.number).get(file);
    const code = highlighted(text, file.split('.').at(-1) ?? '');
    sendStep(res, 'file', file, { step, file, from, code });
  });
  get('/diff', async (step, req, res) => {
    const mine = req.query.mine !== undefined;
    const before = listSteps().find(({ number }) => number === step.number - 1);
    if (!mine && !before)
      return sendNotFound(
        res,
        'steps',
        `Step ${step.id} is the first one: there is none to compare it with.`,
      );
    const { names, found } = mine ? differences(step.id, undefined) : differences(before?.id, step.id);
    const patches = found.map(({ file, patch }) => ({ file, html: highlighted(patch, 'diff') }));
    sendStep(res, 'diff', `${names[0]} against ${names[1]}`, { step, patches });
  });
  post('/check', async (step, _req, res) => {
    await checkNow(guide, step);
    res.redirect(303, `/steps/${step.name}`);
  });
  post('/folds/:fold', async (step, req, res) => {
    const fold = String(req.params.fold);
    if (!lessonOf(step).folds.has(fold))
      return sendNotFound(res, 'steps', `The lesson of step ${step.id} has no fold ${fold}.`);
    await noteUnfolded(fold);
    res.status(204).end();
  });
  post('/tasks/:task/hint', async (step, req, res) => {
    nextHint(taskOf(step, req));
    res.redirect(303, `/steps/${step.name}#help-${String(req.params.task)}`);
  });
  get('/tasks/:task/solution', async (step, req, res) => {
    const task = taskOf(step, req);
    // Already shown, or the task is done.
    const { passed, solutions } = readProgress();
    const asked = passed[task.id] === undefined && !solutions.includes(task.id);
    const exercises = asked ? [] : coloured(taskExercises(step, task));
    sendStep(res, 'solution', `${task.id} ${task.title}`, { step, task, asked, exercises });
  });
  post('/tasks/:task/solution', async (step, req, res) => {
    const task = taskOf(step, req);
    showSolution(step, task);
    res.redirect(303, `/steps/${step.name}/tasks/${task.id}/solution`);
  });
  const move = (at: string, work: (step: Step, ask: Ask, copy: string | undefined) => Promise<Moved>) =>
    post(at, async (step, req, res) => {
      const given = (req.body ?? {}) as Record<string, string>;
      const ask: Ask = async ({ file }) => {
        const choice = CHOICES.find((one) => one === given[`choice ${file}`]);
        if (choice === undefined) throw new Undecided();
        return choice;
      };
      try {
        const { step: now, copy } = await work(step, ask, /^\d+$/.exec(given.copy ?? '')?.[0]);
        await guide.moved();
        res.redirect(303, `/steps/${(now ?? step).name}?copy=${copy.id}${at === '/undo' ? '&undone' : ''}`);
      } catch (error) {
        if (!(error instanceof Undecided)) throw error;
        res.status(409);
        const to = at === '/next' ? findStep(String(step.number + 1)) : step;
        const locals = { step, action: req.path, conflicts: conflictsOf(to) };
        sendStep(res, 'conflict', 'You and the step changed the same lines', locals);
      }
    });
  move('/start', startStep);
  move('/start-fresh', startFresh);
  move('/reset', resetStep);
  move('/catch-up', catchUp);
  move('/next', (_step, ask) => nextStep(ask, (current) => verdictNow(guide, current)));
  move('/undo', (_step, _ask, copy) => undo(copy === undefined ? undefined : Number(copy)));
  return routes;
}

/** @throws UserError when no verdict is to be had: nothing is changed then. */
async function verdictNow(guide: Guide, step: Step): Promise<Verdict> {
  const verdict = await checkNow(guide, step);
  if (verdict) return verdict;
  throw new UserError(
    guide.checks.refused ??
      'my-app was saved while its checks ran. Nothing was changed: choose "On to step" again.',
  );
}

const sendStep = (res: Response, view: string, title: string, locals: object) =>
  sendPage(res, view, { title, place: 'steps' }, locals);

/** Nothing was changed: the learner must choose first between both versions of some lines. */
class Undecided extends Error {}

const CHOICES: readonly Choice[] = ['mine', 'new', 'both'];

type Handler = (step: Step, req: Request, res: Response) => Promise<void>;

const of =
  (work: Handler) =>
  async (req: Request, res: Response): Promise<void> => {
    let step: Step;
    try {
      step = findStep(String(req.params.step));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return sendNotFound(res, 'steps', error.message);
    }
    await work(step, req, res);
  };

function taskOf(step: Step, req: Request): Step['tasks'][number] {
  const task = step.tasks.find(({ id }) => id === req.params.task);
  if (!task) throw new UserError(`Step ${step.id} has no task ${String(req.params.task)}.`);
  return task;
}

const coloured = (exercises: TaskExercise[]) =>
  exercises.map(({ file, finished, mine }) => {
    const html = (lines: string[]) => highlighted(outdent(lines).join('\n'), file.split('.').at(-1) ?? '');
    return { file, finished: html(finished), mine: html(mine) };
  });
