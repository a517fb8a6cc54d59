import fs from 'node:fs';
import path from 'node:path';
import { rmSync } from '../lib/held';
import { makesNoLinks } from '../lib/no-links';
import { err } from '../lib/terminal';
import { writeWhole } from '../lib/write-whole';
import { layersOf, ROOT, type Step, workFolder } from '../steps/layers';

/** A folder of links to the layers' files, for an editor. With `preserveSymlinks` an import finds the file beside it,
 * not that of its own layer. Where links cannot be made there are copies. */
export function openLayers(step: Step): string {
  const folder = path.join(workFolder(), 'open', step.id);
  rmSync(folder, { recursive: true, force: true });
  for (const [file, layer] of layersOf(step.number)) {
    const to = path.join(folder, file);
    fs.mkdirSync(path.dirname(to), { recursive: true });
    const from = path.join(layer.folder, 'app', file);
    try {
      fs.symlinkSync(path.relative(path.dirname(to), from), to);
    } catch (error) {
      if (!makesNoLinks(error)) throw error;
      fs.copyFileSync(from, to);
      err(`${file} is a copy: this system makes no links. Edit ${from} itself.\n`);
    }
  }
  const options = {
    extends: path.join(ROOT, 'tsconfig.json'),
    include: ['.'],
    compilerOptions: { types: ['node'], preserveSymlinks: true },
  };
  writeWhole(path.join(folder, 'tsconfig.json'), `${JSON.stringify(options, undefined, 2)}\n`);
  return folder;
}
