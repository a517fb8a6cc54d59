import fs from 'node:fs';
import { UserError } from './user-error';

/** @throws UserError when a folder stands where a file belongs: the system says EISDIR, and often without the path. */
export function noFolder(file: string): void {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UserError(
    `${file} is a folder, and a file belongs there. Rename the folder, or remove it, then run the command again.`,
  );
}
