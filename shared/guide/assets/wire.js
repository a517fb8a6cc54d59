// @ts-check
import { on, replace } from './live.js';

/** Rows that the page keeps; older ones are a link away. */
const MOST = 300;

let diagram = /** @type {HTMLElement | null} */ (document.getElementById('diagram'));
const beside = document.getElementById('message');
const { of = '', still } = diagram?.dataset ?? {};
const show = of === 'last' ? 'latest' : (diagram?.dataset.show ?? 'all');

/** @param {string} html */
function element(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return /** @type {HTMLElement} */ (template.content.firstElementChild);
}

/** Where a new message belongs: after the last one that was sent before it. */
on('message', ({ n, html, at, wrong, group }) => {
  const old = document.getElementById(`m${n}`);
  const wanted =
    show === 'all' ||
    show === 'latest' ||
    (show === 'errors' && wrong) ||
    (show === 'login' && of === String(group.id));
  if (!diagram || still || !wanted) return;
  const row = element(html);
  const link = /** @type {HTMLAnchorElement} */ (row.firstElementChild);
  if (location.pathname === '/wire') link.search = location.search;
  const focused = old?.contains(document.activeElement);
  let section = document.getElementById(`login-${group.id}`);
  if (!section) {
    document.getElementById('nothing')?.remove();
    section = element(group.html);
    if (show === 'latest') for (const one of diagram.querySelectorAll('.login')) one.remove();
    diagram.append(section);
  }
  const rows = /** @type {HTMLElement} */ (section.querySelector('.rows'));
  const isOpen = old?.classList.contains('current');
  if (old?.parentElement === rows) old.replaceWith(row);
  else {
    old?.remove();
    const before = [...rows.children]
      .reverse()
      .find((one) => Number(/** @type {HTMLElement} */ (one).dataset.at) <= at);
    if (before) before.after(row);
    else rows.prepend(row);
  }
  row.classList.add(old ? 'answers' : 'arrives');
  if (isOpen) row.classList.add('current');
  if (focused) link.focus();
  for (const one of [...diagram.querySelectorAll('.row')].slice(0, -MOST)) one.remove();
  for (const one of diagram.querySelectorAll('.login:not(:has(.row))')) one.remove();
});

/** @type {HTMLElement | null} What was activated to open the message: there the focus goes back to. */
let opener = null;

/** Opens a message beside the diagram. @param {string} href */
async function open(href) {
  if (!beside) return;
  const from = document.activeElement;
  if (!beside.contains(from)) opener = /** @type {HTMLElement | null} */ (from);
  const url = new URL(href, location.href);
  const n = url.pathname.split('/').at(-1);
  url.searchParams.set('part', beside.closest('.wire-panel') ? 'panel' : '1');
  const answer = await fetch(url);
  if (!answer.ok) return location.assign(href);
  beside.innerHTML = await answer.text();
  beside.hidden = false;
  document.querySelector('.wire')?.classList.add('opened');
  document.dispatchEvent(new Event('wire-opened'));
  for (const one of document.querySelectorAll('.row.current')) one.classList.remove('current');
  document.getElementById(`m${n}`)?.classList.add('current');
  beside.scrollTop = 0;
  beside.focus({ preventScroll: true });
  // Beside a lesson it stands in the place of the diagram, which may be scrolled far down.
  if (beside.getBoundingClientRect().top < 0) beside.scrollIntoView();
}

function close() {
  if (!beside || beside.hidden) return;
  beside.hidden = true;
  document.querySelector('.wire')?.classList.remove('opened');
  const row = document.querySelector('.row.current');
  row?.classList.remove('current');
  if (opener?.isConnected && !diagram?.contains(opener)) opener.focus();
  else row?.querySelector('a')?.focus();
}

document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target.closest('#close')) return close();
  const link = target.closest('a');
  if (!beside || !link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  if (!/^\/wire\/\d+$/.test(link.pathname) || link.origin !== location.origin) return;
  event.preventDefault();
  void open(link.href);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') close();
});

/** Milliseconds within which the checks of a round lead to one look. */
const ROUND = 300;
/** Keys of the checks that were made again since the last look. */
const again = new Set();

// A check ended: its trace is new.
on('check', ({ key }) => {
  if (location.pathname !== '/wire') return;
  if (again.size === 0) setTimeout(() => void showChecks(), ROUND);
  again.add(key);
});

async function showChecks() {
  const mine = show === 'check' && again.has(of);
  again.clear();
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const id of mine ? ['checks', 'diagram'] : ['checks']) {
    const old = document.getElementById(id);
    // A list that somebody is about to choose from remains.
    const inUse = old?.contains(document.activeElement) || (id === 'checks' && old?.hasAttribute('open'));
    if (!inUse) replace(old, page.getElementById(id)?.outerHTML ?? '');
  }
  diagram = document.getElementById('diagram');
}
