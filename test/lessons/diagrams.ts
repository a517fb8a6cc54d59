import fs from 'node:fs';
import path from 'node:path';
import { listSteps } from '../../shared/steps/layers';
import { readLesson } from './lesson';

/** Draws every lesson's diagram anew. */
export const COMMAND = 'node -r ./shared/party/register.js test/lessons/diagrams.ts';

/** Colours that the picture takes from the page: so light and dark come by themselves. */
const COLOURS = { bg: 'var(--card)', fg: 'var(--text)' };

/** A mermaid diagram as SVG for a page with a strict content policy: nothing is fetched, and no style stands in an attribute. */
export async function drawn(mermaid: string): Promise<string> {
  // It is an ES module that require() does not find.
  const { renderMermaidSVG } = await import('beautiful-mermaid');
  const svg = renderMermaidSVG(mermaid, COLOURS)
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/ style="[^"]*"/g, '')
    .replace(/data-actor="(\w+)"/g, (all, name: string) => `${all} data-party="${name.toLowerCase()}"`);
  return `${svg.trim()}\n`;
}

/** The text of a lesson's diagram. */
export const mermaidOf = (folder: string): string =>
  readLesson(folder).blocks.find(({ language }) => language === 'mermaid')?.text ?? '';

if (require.main === module)
  void (async () => {
    for (const { folder } of listSteps())
      fs.writeFileSync(path.join(folder, 'diagram.svg'), await drawn(mermaidOf(folder)));
  })();
