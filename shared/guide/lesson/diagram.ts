import fs from 'node:fs';
import path from 'node:path';
import { attempt } from '../../lib/attempt';

/** The file beside a lesson that has the picture of one of its diagrams: of what runs, or of the messages. */
export const pictureFile = (mermaid: string): string =>
  mermaid.startsWith('flowchart') ? 'overview.svg' : 'diagram.svg';

/** The picture of a lesson's diagram, which authors draw with test/lessons/diagrams.ts. It has no style, as the content
 * policy demands. @param label describes it for screen readers. @returns undefined if there is none. */
export function pictureIn(folder: string, mermaid: string, label: string): string | undefined {
  const svg = attempt(() => fs.readFileSync(path.join(folder, pictureFile(mermaid)), 'utf8').trim());
  return svg?.replace('<svg ', `<svg class="diagram" role="img" aria-label="${escapeHtml(label)}" `);
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
