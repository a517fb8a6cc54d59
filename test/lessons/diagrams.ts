import fs from 'node:fs';
import path from 'node:path';
import { pictureFile } from '../../shared/guide/lesson/diagram';
import { listSteps } from '../../shared/steps/layers';
import { readLesson } from './lesson';
import { overviewSvg } from './overview';
import { sequenceSvg } from './sequence';

/** Draws every lesson's pictures again. */
export const COMMAND = 'node -r ./shared/lib/register.js test/lessons/diagrams.ts';

/** The pictures of a lesson, by the name of their file. */
export const drawn = (folder: string): Map<string, string> =>
  new Map(
    readLesson(folder)
      .blocks.filter(({ language }) => language === 'mermaid')
      .map(({ text }) => [
        pictureFile(text),
        text.startsWith('flowchart') ? overviewSvg(text) : sequenceSvg(text),
      ]),
  );

if (require.main === module)
  for (const { folder } of listSteps())
    for (const [file, svg] of drawn(folder)) fs.writeFileSync(path.join(folder, file), svg);
