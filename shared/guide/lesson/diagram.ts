import fs from 'node:fs';
import path from 'node:path';

/** The picture of a lesson, diagram.svg, which authors draw with test/lessons/diagrams.ts. It has no style, as the
 * content policy demands. @param label describes it for screen readers. @returns undefined if there is none. */
export function pictureIn(folder: string, label: string): string | undefined {
  try {
    const svg = fs.readFileSync(path.join(folder, 'diagram.svg'), 'utf8').trim();
    return svg.replace('<svg ', `<svg class="diagram" role="img" aria-label="${escapeHtml(label)}" `);
  } catch {
    return undefined;
  }
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
