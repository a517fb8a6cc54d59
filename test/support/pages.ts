import fs from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Does something with a page of its own, which shares nothing with others. */
export async function withPage(
  browser: Browser,
  options: BrowserContextOptions,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options);
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

/** What axe finds wrong on a page as it stands there. The tool's own script comes past a page's policy, through the debugger. */
export async function axeFinds(page: Page): Promise<string[]> {
  // What a press led to can be in sight before its style sheets have come.
  await page.waitForLoadState();
  await page.evaluate(AXE);
  // Its rule of the size of targets (WCAG 2.2, 2.5.8) is off unless asked for.
  const { violations } = (await page.evaluate(
    "axe.run({ rules: { 'target-size': { enabled: true } } })",
  )) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
