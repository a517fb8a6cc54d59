import fs from 'node:fs';
import path from 'node:path';

export interface Place {
  /** Relative to the app's folder, with forward slashes. */
  file: string;
  line: number;
}

/**
 * The first place in a stack trace or in a compiler's words that lies in the app's own folder and not in a package.
 *
 * @param folder the app's folder.
 */
export function findPlace(text: string, folder: string): Place | undefined {
  const roots = [...new Set([path.resolve(folder), real(folder)])];
  for (const line of text.split('\n')) {
    for (const root of roots) {
      const at = line.indexOf(root + path.sep);
      if (at < 0) continue;
      const rest = line.slice(at + root.length + 1);
      const found = /^(.+?\.(?:[cm]?[jt]sx?|pug)):(\d+)/.exec(rest);
      if (!found?.[1] || found[1].split(/[\\/]/).includes('node_modules')) continue;
      return { file: found[1].split(path.sep).join('/'), line: Number(found[2]) };
    }
  }
  return undefined;
}

/** "login.ts:12", or undefined. */
export function placeIn(text: string, folder: string): string | undefined {
  const found = findPlace(text, folder);
  return found && `${found.file}:${found.line}`;
}

/**
 * Where the app imports a module that was not found: Node names the file only, and a compiled file has other lines.
 *
 * @returns file:line, or undefined when it is not in the app's folder.
 */
export function importOf(module: string, text: string, folder: string): string | undefined {
  const files = [...text.matchAll(/^- (.+)$/gm)].map(([, file]) => file ?? '');
  for (const file of files) {
    const inside = path.relative(real(folder), file);
    if (inside.startsWith('..') || inside.split(path.sep).includes('node_modules')) continue;
    const lines = read(file).split('\n');
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

function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
