import fs from 'node:fs';
import path from 'node:path';
import { layersOf, listSteps, type Step } from '../../shared/steps/layers';

/** Brings every lesson's table of files up to date. */
export const COMMAND = 'node -r ./shared/lib/register.js test/lessons/tables.ts';

/** Rows under a head; the head may have been padded by a formatter. */
const TABLE = /^\| file +\| from step +\|\n\| -+ +\| -+ +\|\n(?:\|.*\n)*/m;

/** The table of a lesson: each file of the app with the step from which it comes, the step's own first. */
export function fileTable(step: Step): string {
  const layers = [...layersOf(step.number)].sort(([a, x], [b, y]) => y.number - x.number || (a < b ? -1 : 1));
  const rows = layers.map(([file, layer]) => {
    const own = layer.number === step.number;
    const link = `${own ? '' : `../${layer.name}/`}app/${file.split(path.sep).join('/')}`;
    return `| [${file}](${link}) | ${own ? `**${layer.id}**` : layer.id} |\n`;
  });
  return `| file | from step |\n| ---- | --------- |\n${rows.join('')}`;
}

/** The table that a lesson has now; undefined when it has none. */
export function tableIn(text: string): string | undefined {
  return TABLE.exec(text)?.[0];
}

if (require.main === module) {
  for (const step of listSteps()) {
    const file = path.join(step.folder, 'README.md');
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(
      file,
      text.replace(TABLE, () => fileTable(step)),
    );
  }
}
