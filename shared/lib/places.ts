import path from 'node:path';
import { commandContext } from './command-context';

export const ROOT = path.resolve(__dirname, '..', '..');

/** What a process of the workshop preloads to run TypeScript: see there. */
export const REGISTER = path.join(__dirname, 'register.js');

/**
 * Everything that the workshop makes while it runs; git ignores it. WORKSHOP_DIR names another folder, which must be
 * inside the repository, where its apps find their packages, or beside links to its node_modules and tsconfig.json.
 */
export const workFolder = (): string => path.resolve(ROOT, commandContext().env.WORKSHOP_DIR ?? '.workshop');

/** The learner's one folder. The variable MY_APP names another, e.g. for a second attempt. */
export const myApp = (): string => path.resolve(ROOT, commandContext().env.MY_APP ?? 'my-app');

/** A path that was given to a command, in full: a relative one begins in the command's folder. */
export const fromHere = (file: string): string => path.resolve(commandContext().cwd, file);
