// @ts-check
import { on, replace } from './live.js';

/** The learner's app: its state and what it writes, as it happens. */

on('app', ({ panel }) => {
  const open = document.querySelector('#app-panel details')?.hasAttribute('open');
  replace(document.getElementById('app-panel'), panel);
  if (open) document.querySelector('#app-panel details')?.setAttribute('open', '');
});

/** Characters of the log that remain in the page. */
const MOST = 20_000;
on('log', ({ text }) => {
  const log = document.getElementById('app-log');
  if (!log) return;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.textContent = ((log.textContent ?? '') + text).slice(-MOST);
  if (atEnd) log.scrollTop = log.scrollHeight;
});

// Before the other listeners: the page remains, and shows the app's state as it changes.
document.addEventListener(
  'submit',
  (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (new URL(form.action).pathname !== '/app/restart') return;
    event.preventDefault();
    event.stopPropagation();
    void fetch(form.action, { method: 'POST', redirect: 'manual' });
  },
  true,
);
