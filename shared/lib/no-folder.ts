import fs from 'node:fs';
import { UserError } from './user-error';

/** @throws UserError when `file` is a folder: the system reports EISDIR, often without the path. */
export function noFolder(file: string): void {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UserError(
    `${file} is a folder, and a file belongs there. Rename the folder, or remove it, then run the command again.`,
  );
}
