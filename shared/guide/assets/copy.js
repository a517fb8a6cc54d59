// @ts-check
/** A button at each command and each block of code, which copies it. */

const COMMAND = /^(?:npm (?:ci|run|start|test)\b|(?:npx|node|git|curl|gh|ssh|export|unset|chmod|openssl) \S)/;
const ICON =
  '<svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true"><path d="M9 9h11v11H9zM15 9V4H4v11h5"/></svg>';
/** Milliseconds that a button shows that it copied. */
const SHOWN_FOR = 2000;

const status = document.createElement('p');
status.className = 'copied';
status.setAttribute('role', 'status');
document.body.append(status);

/** @param {HTMLElement} source @param {string} kind */
function buttonFor(source, kind) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = `quiet copy ${kind}`;
  button.innerHTML = `${ICON}<span>Copy</span>`;
  const what = (source.textContent ?? '').trim();
  button.setAttribute('aria-label', kind === 'inline' ? `Copy: ${what}` : `Copy: ${what.split('\n', 1)[0]}`);
  button.addEventListener('click', async () => {
    const text = (source.textContent ?? '').replace(/\n$/, '');
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (!done) getSelection()?.selectAllChildren(source);
    status.textContent = done ? 'Copied' : 'Selected: copy it with Ctrl+C';
    button.classList.toggle('done', done);
    setTimeout(() => {
      button.classList.remove('done');
      status.textContent = '';
    }, SHOWN_FOR);
  });
  return button;
}

function decorate() {
  for (const pre of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll('pre:not(.copyable > *)')
  )) {
    const wrapper = document.createElement('div');
    wrapper.className = 'copyable';
    pre.replaceWith(wrapper);
    wrapper.append(pre, buttonFor(pre, 'block'));
  }
  for (const code of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll('code:not([data-copy])')
  )) {
    code.dataset.copy = '';
    if (!COMMAND.test(code.textContent ?? '') || code.closest('pre, a, button, summary, label, legend'))
      continue;
    code.after(buttonFor(code, 'inline'));
  }
}

let waits = false;
// Pages get new findings while they are open.
new MutationObserver(() => {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    decorate();
  });
}).observe(document.body, { childList: true, subtree: true });
decorate();
