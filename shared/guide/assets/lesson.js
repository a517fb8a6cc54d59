// @ts-check
import { on, replace } from './live.js';

const lesson = /** @type {HTMLElement} */ (document.querySelector('.lesson'));

on('tasks', ({ step, html, actions, count, tasks, refusal }) => {
  if (step !== lesson.dataset.step) return;
  replace(document.getElementById('task-list'), html);
  replace(document.getElementById('step-actions'), actions);
  const counted = document.getElementById('task-count');
  // What it says again is read aloud: only what is news.
  if (counted && count !== '' && counted.textContent !== count) counted.textContent = count;
  replace(document.getElementById('refusal'), refusal);
  for (const task of tasks) {
    replace(document.getElementById(`state-${task.id}`), task.html);
    replace(document.getElementById(`verdict-${task.id}`), task.verdict);
    if (task.place) replace(document.getElementById(`place-${task.id}`), task.place);
  }
});

/** A form of this page leads to another one, which the guide chooses. */
let leaving = false;

// A command at the shell led to another step: this page shows what was.
on('moved', ({ step }) => {
  if (leaving) return;
  if (step && step !== lesson.dataset.step) location.assign(`/steps/${step}`);
  else location.reload();
});

// "Check" and hints need no new page.
document.addEventListener('submit', async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const action = new URL(form.action).pathname;
  if (!/\/(check|hint)$/.test(action)) {
    leaving = true;
    return;
  }
  event.preventDefault();
  // A disabled button would lose the focus.
  if (form.ariaBusy === 'true') return;
  form.ariaBusy = 'true';
  const answer = await fetch(action, { method: 'POST' });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  form.ariaBusy = null;
  for (const selector of [
    '#task-list',
    '#step-actions',
    '#refusal',
    '.help',
    '.task-state',
    '.task-verdict',
  ]) {
    for (const fresh of page.querySelectorAll(selector))
      replace(document.getElementById(fresh.id), fresh.outerHTML);
  }
});

// Counted in the learner's own progress. `toggle` does not bubble, so it is caught on its way down.
document.addEventListener(
  'toggle',
  ({ target }) => {
    if (!(target instanceof HTMLDetailsElement) || !target.open || !target.dataset.fold) return;
    const address = `/steps/${lesson.dataset.step}/folds/${target.dataset.fold}`;
    // Reading goes on when the guide has ended.
    fetch(address, { method: 'POST', keepalive: true }).catch(() => {});
  },
  true,
);
