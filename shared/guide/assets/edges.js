// @ts-check
/** Marks the sides on which a table, a diagram or a block of code goes on, so that it is seen that it scrolls. */

const SCROLLS = '.scroll, pre';

/** @param {Element} box */
function mark(box) {
  const hidden = box.scrollWidth - box.clientWidth;
  box.classList.toggle('more-before', box.scrollLeft > 1);
  box.classList.toggle('more-after', hidden - box.scrollLeft > 1);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) mark(target);
});

function follow() {
  for (const box of document.querySelectorAll(SCROLLS)) sizes.observe(box);
}

document.addEventListener(
  'scroll',
  ({ target }) => {
    if (target instanceof Element && target.matches(SCROLLS)) mark(target);
  },
  { capture: true, passive: true },
);
// Pages get new findings while they are open.
new MutationObserver(follow).observe(document.body, { childList: true, subtree: true });
follow();
