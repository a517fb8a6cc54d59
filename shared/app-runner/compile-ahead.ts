import fs from 'node:fs';
import path from 'node:path';
import { compiler } from './compiler';

/** Further files are compiled when they are loaded. */
export const MOST_FILES = 200;

/** Compiles files. The output depends on the text only and is stored, so a process that loads them needs no compiler. */
export function compileAhead(files: readonly string[], known = new Map<string, string>()): void {
  for (const file of files) {
    try {
      const text = fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
      if (known.get(file) === text) continue;
      known.set(file, text);
      compiler?.(text, file);
    } catch {
      // A file with a mistake, or a missing one, is reported when the app loads it.
    }
  }
}

/** The TypeScript files of an app that are compiled before it starts. */
export const sourcesOf = (folder: string): string[] => sourcesIn(folder).slice(0, MOST_FILES);

/** Compiles an app's changed files before its next start. A prewarmed process has no compiler, and loading one takes as
 * long as the start itself. This process loads it once. */
export class ChangedSources {
  readonly #texts = new Map<string, string>();

  constructor(readonly folder: string) {}

  compile(): void {
    compileAhead(sourcesOf(this.folder), this.#texts);
  }

  /** Loads the compiler, while nobody waits. */
  loadCompiler(): void {
    compiler?.load();
  }
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function sourcesIn(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => {
    const at = path.join(folder, entry.name);
    if (entry.isFile()) return /\.[cm]?ts$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [at] : [];
    const skipped = !entry.isDirectory() || entry.name === 'node_modules' || entry.name.startsWith('.');
    return skipped ? [] : sourcesIn(at);
  });
}
