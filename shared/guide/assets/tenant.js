// @ts-check
import { on, replace } from './live.js';

const MOST = 200;

const log = /** @type {HTMLElement | null} */ (document.getElementById('log'));

on('tenant', ({ html, refused }) => {
  if (!log || (log.dataset.show === 'refusals' && !refused)) return;
  const template = document.createElement('template');
  template.innerHTML = html;
  const row = /** @type {HTMLElement | null} */ (template.content.firstElementChild);
  if (!row) return;
  row.classList.add('arrives');
  log.prepend(row);
  for (const old of [...log.children].slice(MOST)) old.remove();
  document.getElementById('nothing')?.setAttribute('hidden', '');
});

on('configuration', ({ html }) => replace(document.getElementById('configuration'), html));
