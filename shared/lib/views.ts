import path from 'node:path';
import type { compileTemplate } from 'pug';
import { memoize } from './memoize';

/** The templates of a folder's views, each compiled at its first use. They escape all locals. */
export const viewsOf = (folder: string): ((view: string) => compileTemplate) =>
  memoize((view) => {
    // Loaded at the first page.
    const { compileFile } = require('pug') as typeof import('pug');
    return compileFile(path.join(folder, `${view}.pug`), { compileDebug: false });
  });
