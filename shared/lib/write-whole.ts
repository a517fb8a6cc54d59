import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { renameSync, rmSync } from './held';
import { noFolder } from './no-folder';
import { makesNoLinks } from './no-links';

/**
 * Writes a file whole or not at all. (What the tenant keeps is written by data-file.ts.)
 *
 * @param mode of a new file; one that is replaced keeps its own by default.
 */
export function writeWhole(file: string, text: string, mode?: number): void {
  withBeside(file, text, mode ?? modeOf(file), (beside) => renameSync(beside, file));
}

/**
 * Makes a file whole or not at all, if there is none or an empty one: a full disk leaves such.
 *
 * @returns what stands in it then: of several that do this at once the first wins, and all read its text.
 */
export function createWhole(file: string, text: string, mode: number): string {
  const there = textIn(file);
  if (there !== '') return there;
  withBeside(file, text, mode, (beside) => {
    try {
      if (fs.existsSync(file)) renameSync(beside, file);
      else fs.linkSync(beside, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      if (!makesNoLinks(error)) throw error;
      renameSync(beside, file);
    }
  });
  return textIn(file) || text;
}

/**
 * Has an error of a write name the file that the user knows. Of a full disk the system names none, since the file was open already; of others it
 * names the one that is written beside it.
 */
export function naming<T>(file: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path: file }) : error;
  }
}

function withBeside(
  file: string,
  text: string,
  mode: number | undefined,
  use: (beside: string) => void,
): void {
  noFolder(file);
  const beside = `${file}.${randomBytes(4).toString('hex')}.${process.pid}.new`;
  try {
    naming(file, () => {
      fs.writeFileSync(beside, text, mode === undefined ? {} : { mode });
      use(beside);
    });
  } finally {
    rmSync(beside, { force: true });
  }
}

/** The text of a file; none when there is no such file. */
function textIn(file: string): string {
  noFolder(file);
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}

const modeOf = (file: string): number | undefined => {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found && found.mode & 0o777;
};
