import fs from 'node:fs';
import path from 'node:path';

/** The first place in a stack trace or a compiler's message that is in the app's folder and in no package: "login.ts:12". */
export function placeIn(text: string, folder: string): string | undefined {
  const roots = [...new Set([path.resolve(folder), real(folder)])];
  for (const line of text.split('\n')) {
    for (const root of roots) {
      const at = line.indexOf(root + path.sep);
      if (at < 0) continue;
      const rest = line.slice(at + root.length + 1);
      const found = /^(.+?\.(?:[cm]?[jt]sx?|pug)):(\d+)/.exec(rest);
      if (!found?.[1] || found[1].split(/[\\/]/).includes('node_modules')) continue;
      return `${found[1].split(path.sep).join('/')}:${Number(found[2])}`;
    }
  }
  return undefined;
}

/** Where a file of the app imports a module that was not found. Node names the file only, and compiled files have other
 * lines. */
export function importOf(module: string, text: string, folder: string): string | undefined {
  const files = [...text.matchAll(/^- (.+)$/gm)].map(([, file]) => file ?? '');
  for (const file of files) {
    const inside = path.relative(real(folder), file);
    if (inside.startsWith('..') || inside.split(path.sep).includes('node_modules')) continue;
    const lines = textOf(file).split('\n');
    const index = lines.findIndex((line) => line.includes(`'${module}'`) || line.includes(`"${module}"`));
    if (index >= 0) return `${inside.split(path.sep).join('/')}:${index + 1}`;
  }
  return undefined;
}

function real(folder: string): string {
  try {
    return fs.realpathSync(folder);
  } catch {
    return path.resolve(folder);
  }
}

/** A file's text; empty for one that cannot be read, which is reported when the app loads it. */
export function textOf(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
