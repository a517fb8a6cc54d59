// @ts-check
/** Whether the learner closed the wire beside a lesson: asked before the page is drawn. */
try {
  if (localStorage.getItem('wire') === 'closed') document.documentElement.classList.add('wire-closed');
} catch {
  // A browser that keeps nothing for a site shows it.
}
