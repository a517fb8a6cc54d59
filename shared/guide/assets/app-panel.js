// @ts-check
import { on, replace } from './live.js';

/** The learner's app and API: their states and what they write, as it happens. */

for (const id of ['app', 'api'])
  on(id, ({ panel }) => {
    const open = document.querySelector(`#${id}-panel details`)?.hasAttribute('open');
    replace(document.getElementById(`${id}-panel`), panel);
    if (open) document.querySelector(`#${id}-panel details`)?.setAttribute('open', '');
  });

/** Characters of a log that remain in the page. */
const MOST = 20_000;
on('log', ({ of, process, text }) => {
  const log = document.getElementById(process === undefined ? `${of}-log` : `${of}-log-${process}`);
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
    if (!/^\/(app|api)\/(\d\/)?(restart|kill)$/.test(new URL(form.action).pathname)) return;
    event.preventDefault();
    event.stopPropagation();
    void fetch(form.action, { method: 'POST', redirect: 'manual' });
  },
  true,
);
