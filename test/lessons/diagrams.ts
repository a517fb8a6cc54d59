import fs from 'node:fs';
import path from 'node:path';
import { pictureFile } from '../../shared/guide/lesson/diagram';
import { ROOT } from '../../shared/lib/places';
import { listSteps } from '../../shared/steps/layers';
import { fencedBlocks } from './lesson';
import { overviewSvg } from './overview';
import { sequenceSvg } from './sequence';

/** Draws every lesson's pictures again, and those of the documents. */
export const COMMAND = 'node -r ./shared/lib/register.js test/lessons/diagrams.ts';

/** A document that has a diagram. The guide shows its picture. */
export const ARCHITECTURE = path.join(ROOT, 'docs/architecture.md');

/** The pictures of a lesson or a document, by the name of their file beside it. */
export const drawn = (page: string): Map<string, string> =>
  new Map(
    fencedBlocks(fs.readFileSync(page, 'utf8'), page)
      .filter(({ language }) => language === 'mermaid')
      .map(({ text }) => [
        pictureFile(text),
        text.startsWith('flowchart') ? overviewSvg(text) : sequenceSvg(text),
      ]),
  );

if (require.main === module)
  for (const page of [...listSteps().map(({ folder }) => path.join(folder, 'README.md')), ARCHITECTURE])
    for (const [file, svg] of drawn(page)) fs.writeFileSync(path.join(path.dirname(page), file), svg);
