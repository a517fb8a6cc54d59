// @ts-check
/** The one connection of a page to the guide's events; other scripts listen on it. */

const events = new EventSource('/live');

/** @param {string} name @param {(data: any) => void} work */
export function on(name, work) {
  events.addEventListener(name, (event) =>
    work(JSON.parse(/** @type {MessageEvent<string>} */ (event).data)),
  );
}

/** By the element's id: what was put there last. */
const last = new Map();

/** Puts ready-made HTML of the guide's own server into the place of an element; where the focus was it remains.
 * @param {Element | null} old @param {string} html */
export function replace(old, html) {
  // What is the same remains: somebody may be about to press it.
  if (!old || last.get(old.id) === html) return;
  last.set(old.id, html);
  const focused = old.contains(document.activeElement) ? document.activeElement?.id : undefined;
  const template = document.createElement('template');
  template.innerHTML = html;
  old.replaceWith(template.content);
  if (focused) document.getElementById(focused)?.focus();
}

for (const id of ['app', 'api']) on(id, ({ html }) => replace(document.getElementById(`${id}-state`), html));
