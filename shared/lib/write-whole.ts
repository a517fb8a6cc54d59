import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { renameSync, rmSync } from './held';
import { noFolder } from './no-folder';
import { makesNoLinks } from './no-links';
import { readText } from './read-text';

/** Writes a file completely or not at all. @param mode of a new file; a replaced file keeps its own by default. */
export function writeWhole(file: string, text: string, mode?: number): void {
  withBeside(file, text, mode ?? modeOf(file), (beside) => renameSync(beside, file));
}

/** Makes a file completely or not at all, if there is none or an empty one, as a full disk leaves it.
 * @returns its text: of several processes that do this at once the first wins, and all read its text. */
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

/** Lets a write error name the file that the user knows: for a full disk the system names none, otherwise the
 * temporary file. */
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

function textIn(file: string): string {
  noFolder(file);
  return readText(file)?.trim() ?? '';
}

const modeOf = (file: string): number | undefined => {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found && found.mode & 0o777;
};
