import { isBuiltin } from 'node:module';
import ts from 'typescript';

const SOURCE = /\.[cm]?[jt]sx?$/;
/** Express loads these by the view's extension, so no source names them. */
const VIEWS: Record<string, string> = { '.pug': 'pug', '.ejs': 'ejs', '.hbs': 'hbs' };

/** The npm packages of an app's imports (import, export … from, import(), require, types) and of its views.
 * @param files texts by path. */
export function packagesOf(files: ReadonlyMap<string, Buffer>): Set<string> {
  const found = new Set<string>();
  for (const [file, bytes] of files) {
    const view = Object.keys(VIEWS).find((ending) => file.endsWith(ending));
    if (view !== undefined) found.add(VIEWS[view] ?? '');
    if (!SOURCE.test(file)) continue;
    for (const { fileName } of ts.preProcessFile(bytes.toString('utf8'), true, true).importedFiles) {
      if (/^[./#]/.test(fileName) || isBuiltin(fileName)) continue;
      found.add(fileName.split('/', fileName.startsWith('@') ? 2 : 1).join('/'));
    }
  }
  return found;
}

export const typesOf = (name: string) => `@types/${name.replace(/^@/, '').replace('/', '__')}`;
