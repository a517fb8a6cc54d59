import path from 'node:path';
import { commandContext } from './command-context';

export const ROOT = path.resolve(__dirname, '..', '..');

/** What each process of the workshop preloads to run TypeScript. */
export const REGISTER = path.join(__dirname, 'register.js');

/** What the workshop writes while it runs; git ignores it. WORKSHOP_DIR names another folder, inside the repository,
 * where its apps find their packages, or beside links to its node_modules and tsconfig.json. */
export const workFolder = (): string => path.resolve(ROOT, commandContext().env.WORKSHOP_DIR ?? '.workshop');

/** The learner's folder. MY_APP names another one, e.g. for a second attempt. */
export const myApp = (): string => path.resolve(ROOT, commandContext().env.MY_APP ?? 'my-app');

/** A path given to a command, made absolute from the command's folder. */
export const fromHere = (file: string): string => path.resolve(commandContext().cwd, file);

/** A file's path for messages, with forward slashes: relative to the repository where it is inside. */
export function shownPath(file: string): string {
  const inside = path.relative(ROOT, file);
  const isOutside = inside.startsWith('..') || path.isAbsolute(inside);
  return (isOutside ? file : inside).split(path.sep).join('/');
}
