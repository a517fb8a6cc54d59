import path from 'node:path';

/** The repository. */
export const ROOT = path.resolve(__dirname, '..', '..');

/** What a process of the workshop preloads to run TypeScript: see there. */
export const REGISTER = path.join(__dirname, 'register.js');

/**
 * Everything that the workshop makes while it runs; git ignores it. WORKSHOP_DIR names another folder, which must be
 * inside the repository, where its apps find their packages, or beside links to its node_modules and tsconfig.json.
 */
export const WORK = path.resolve(ROOT, process.env.WORKSHOP_DIR ?? '.workshop');
