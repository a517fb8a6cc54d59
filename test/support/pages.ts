import fs from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Milliseconds until something is there that comes at all, however busy the machine is. */
export const PATIENCE = 120_000;

/** Does something with a page of its own, which shares nothing with others. */
export async function withPage(
  browser: Browser,
  options: BrowserContextOptions,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  try {
    await work(await context.newPage());
  } finally {
    await context.close();
  }
}

/** What goes wrong in a page as it is used: errors of its scripts, and what the browser says of them. */
export function errorsOf(page: Page): string[] {
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  return errors;
}

/** Its rules that depend on colours. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/**
 * What axe finds wrong on a page as it stands there. The tool's own script comes past a page's policy, through the debugger.
 *
 * @param otherColours only what depends on colours is looked at: the same page was looked at in other ones.
 */
export async function axeFinds(page: Page, { otherColours = false } = {}): Promise<string[]> {
  // What a press led to can be in sight before its style sheets have come.
  await page.waitForLoadState();
  // Once for each document.
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  const options = {
    // Its rule of the size of targets (WCAG 2.2, 2.5.8) is off unless asked for.
    ...(otherColours ? { runOnly: OF_COLOURS } : { rules: { 'target-size': { enabled: true } } }),
    // A rule asks for media before it looks, no rule that is on for style sheets.
    preload: { assets: ['media'] },
    // Of what is right it need not say where it is.
    resultTypes: ['violations'],
    selectors: false,
  };
  const { violations } = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
