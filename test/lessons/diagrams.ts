import fs from 'node:fs';
import path from 'node:path';
import { listSteps } from '../../shared/steps/layers';
import { readLesson } from './lesson';
import { sequenceSvg } from './sequence';

/** Draws every lesson's diagram again. */
export const COMMAND = 'node -r ./shared/lib/register.js test/lessons/diagrams.ts';

/** The picture of a lesson's diagram. */
export const drawn = (folder: string): string =>
  sequenceSvg(readLesson(folder).blocks.find(({ language }) => language === 'mermaid')?.text ?? '');

if (require.main === module)
  for (const { folder } of listSteps()) fs.writeFileSync(path.join(folder, 'diagram.svg'), drawn(folder));
