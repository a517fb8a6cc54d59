import fs from 'node:fs';
import path from 'node:path';

/** Folders in my-app/ that the workshop neither reads nor changes. */
const LEFT_ALONE = new Set(['node_modules', '.git']);

export interface Found {
  /** Relative, with forward slashes. */
  file: string;
  /** The target of a symbolic link, as written; undefined for a file. */
  link?: string;
}

/** Every file and symbolic link below a folder; links are not followed. */
export function filesIn(folder: string, below = ''): Found[] {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(path.join(folder, below), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return entries.flatMap((entry): Found[] => {
    if (LEFT_ALONE.has(entry.name)) return [];
    const file = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return filesIn(folder, file);
    if (entry.isSymbolicLink()) return [{ file, link: fs.readlinkSync(path.join(folder, file)) }];
    return entry.isFile() ? [{ file }] : [];
  });
}

export function textOf(folder: string, file: string): string | undefined {
  try {
    return fs.readFileSync(path.join(folder, file), 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}
