import fs from 'node:fs';
import path from 'node:path';

/**
 * The picture of a lesson's diagram, which stands beside the lesson as diagram.svg: it changes with the lesson only, so authors draw it once
 * (test/lessons/diagrams.ts). It has no style of its own and fetches nothing, as the pages' content policy wants.
 *
 * @param folder the lesson's folder.
 * @param label what it shows, for whoever does not see it.
 * @returns undefined where it has not been drawn.
 */
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
