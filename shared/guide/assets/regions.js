// @ts-check
/** The three regions of a lesson: the wire can be closed; on a small page the bar shows one region at a time. */

const root = document.documentElement;
const panel = /** @type {HTMLElement} */ (document.getElementById('region-wire'));
const openButton = /** @type {HTMLButtonElement} */ (document.getElementById('open-panel'));
const closeButton = /** @type {HTMLButtonElement} */ (document.getElementById('close-panel'));

/** @param {boolean} closed */
function setClosed(closed) {
  root.classList.toggle('wire-closed', closed);
  try {
    localStorage.setItem('wire', closed ? 'closed' : 'open');
  } catch {
    // Then it is so on this page only.
  }
}

openButton.hidden = false;
closeButton.hidden = false;
openButton.addEventListener('click', () => {
  setClosed(false);
  closeButton.focus();
});
closeButton.addEventListener('click', () => {
  setClosed(true);
  openButton.focus();
});

// A message opens there: the wire comes into sight, wherever it is now.
document.addEventListener('wire-opened', () => {
  if (root.classList.contains('wire-closed')) setClosed(false);
  // Side by side with the lesson it is in sight already.
  if (getComputedStyle(panel).display === 'none') location.hash = '#region-wire';
});

const regions = ['region-tasks', 'main', 'region-wire'];
/** Where each region was scrolled to. */
const places = new Map();

/** The region that a small page shows. */
function shown() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  return regions.find((id) => target && document.getElementById(id)?.contains(target)) ?? 'main';
}

let before = shown();
function mark() {
  for (const link of document.querySelectorAll('.bar a')) {
    if (link.getAttribute('href') === `#${shown()}`) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }
}
mark();

for (const link of document.querySelectorAll('.bar a'))
  link.addEventListener('click', () => places.set(before, scrollY));
addEventListener('hashchange', () => {
  const now = shown();
  // A link into a region leads to its own place; the bar leads to where the region was left.
  if (now !== before && location.hash === `#${now}`) scrollTo(0, places.get(now) ?? 0);
  before = now;
  mark();
});
