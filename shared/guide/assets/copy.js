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

/** Makes room above a first line that would be below the button. A folded block has its size when it is opened. */
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const [button] = target.parentElement?.getElementsByClassName('block') ?? [];
    if (!button) continue;
    const right = endOfFirstLine(target) + target.scrollLeft;
    target.parentElement?.classList.toggle('long', right > button.getBoundingClientRect().left);
  }
});

/** @param {Element} source @returns {number} pixels from the left of the window */
function endOfFirstLine(source) {
  const texts = document.createTreeWalker(source, NodeFilter.SHOW_TEXT);
  const line = document.createRange();
  line.selectNodeContents(source);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const end = (text.nodeValue ?? '').indexOf('\n');
    if (end < 0) continue;
    line.setEnd(text, end);
    break;
  }
  return line.getBoundingClientRect().right;
}

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
    sizes.observe(pre);
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
