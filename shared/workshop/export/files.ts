import fs from 'node:fs';
import path from 'node:path';
import { attempt } from '../../lib/attempt';
import { UserError } from '../../lib/user-error';
import { AGENTS_FILE, isWorkshops } from '../agents-file';
import { filesIn } from '../files';

/** Secrets and files of machines. */
const LEFT_OUT = /^(\.env(\.(?!example$).*)?|.*\.log|\.DS_Store|Thumbs\.db)$/;

/** An app's files, by path with forward slashes. A symbolic link to a file of the app counts as that file.
 * @throws UserError for links that lead elsewhere, and for conflict markers of a merge. */
export function appFiles(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const problems: string[] = [];
  const root = fs.realpathSync(folder);
  for (const { file, link } of filesIn(folder)) {
    if (LEFT_OUT.test(path.posix.basename(file))) continue;
    const bytes = link === undefined ? fs.readFileSync(path.join(folder, file)) : linked(root, file);
    // Its commands and rules belong to the workshop.
    if (file === AGENTS_FILE && isWorkshops(bytes?.toString('utf8') ?? '')) continue;
    if (bytes === undefined)
      problems.push(`${file} is a symbolic link to ${link}, which is no file of the app`);
    else {
      const line = mergeMark(bytes);
      if (line > 0) problems.push(`${file}:${line} still has the markers of a merge`);
      files.set(file, bytes);
    }
  }
  if (problems.length > 0)
    throw new UserError(
      `Nothing was exported. Fix first:\n${problems.map((one) => `  - ${one}`).join('\n')}\nPut the file itself in a link's place, and choose between the lines at the markers of a merge.`,
    );
  return files;
}

const linked = (root: string, file: string): Buffer | undefined =>
  attempt(() => {
    const to = fs.realpathSync(path.join(root, file));
    const isInside = path.relative(root, to).split(path.sep)[0] !== '..';
    return isInside && fs.statSync(to).isFile() ? fs.readFileSync(to) : undefined;
  });

/** The line of the first conflict marker, counted from 1; 0 when there is none. */
function mergeMark(bytes: Buffer): number {
  return (
    bytes
      .toString('utf8')
      .split('\n')
      .findIndex((line) => /^(<{7}|>{7})( |$)/.test(line)) + 1
  );
}

/** The folder to export to. @throws UserError when it is not empty, or belongs to the workshop. */
export function checkedTarget(
  dir: string,
  from: string,
  { root, app }: { root: string; app: string },
): string {
  const target = path.resolve(from, dir);
  for (const [place, what] of [
    [root, 'the workshop'],
    [app, 'your app'],
  ] as const) {
    if (isInside(real(target), real(place)))
      throw new UserError(
        `${target} is inside ${what}. Choose a place outside of it, for example: npm run workshop export ${path.join(path.dirname(root), 'call-your-api-app')}`,
      );
  }
  let names: string[];
  try {
    names = fs.readdirSync(target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return target;
    if (code === 'ENOTDIR')
      throw new UserError(`${target} is a file, or is below a file. Choose another folder.`);
    throw new UserError(`${target} cannot be read: ${(error as Error).message}`);
  }
  if (names.length > 0)
    throw new UserError(
      `${target} is there already and not empty (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}). Nothing was written. Choose a new folder.`,
    );
  return target;
}

const isInside = (one: string, place: string) => {
  const relative = path.relative(place, one);
  return relative === '' || (relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative));
};

/** The path without symbolic links, as far as it exists. */
function real(file: string): string {
  const parent = path.dirname(file);
  const above = () => (parent === file ? file : path.join(real(parent), path.basename(file)));
  return attempt(() => fs.realpathSync(file)) ?? above();
}
