import fs from 'node:fs';
import path from 'node:path';
import { watch } from 'chokidar';

/** Milliseconds of quiet after a save: some editors save several files at once. */
const QUIET = 20;
/** Milliseconds until a saved file is read again: of two changes within 50 ms chokidar reports only the first. */
const AGAIN = 100;

export interface Saves {
  /** Resolves when every later save will be seen. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/** Reports saves in an app's folder: the files relative to it, and when the first was seen, in milliseconds since the
 * epoch. Packages, hidden files and temporary files of editors do not count. */
export function watchSaves(
  folder: string,
  onSave: (files: string[], since: number) => void,
  onError: (error: Error) => void,
): Saves {
  const saved = new Set<string>();
  const reported = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;
  let since = 0;
  const add = (file: string) => {
    if (saved.size === 0) since = Date.now();
    saved.add(file);
    clearTimeout(timer);
    timer = setTimeout(report, QUIET);
  };
  const report = () => {
    const files = [...saved];
    saved.clear();
    for (const file of files) reported.set(file, stateOf(folder, file));
    clearTimeout(again);
    again = setTimeout(lookAgain, AGAIN);
    onSave(files, since);
  };
  const lookAgain = () => {
    const changed = [...reported].filter(([file, state]) => state !== stateOf(folder, file));
    reported.clear();
    for (const [file] of changed) add(file);
  };
  const watcher = watch(folder, { ignoreInitial: true, ignored: (file) => isNoSource(folder, file) });
  watcher.on('all', (event, file) => {
    if (event === 'addDir' || event === 'unlinkDir') return;
    add(path.relative(folder, file).split(path.sep).join('/'));
  });
  watcher.on('error', (error) => onError(error as Error));
  return {
    ready: new Promise((resolve) => watcher.once('ready', () => resolve())),
    close: async () => {
      clearTimeout(timer);
      clearTimeout(again);
      await watcher.close();
    },
  };
}

/** Whether the tenant reads any of these files: tenant.yaml, or JavaScript that it names. */
export const changesTenant = (files: readonly string[]) =>
  files.some((file) => file === 'tenant.yaml' || file.endsWith('.js'));

function stateOf(folder: string, file: string): string {
  const found = fs.statSync(path.join(folder, file), { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : 'none';
}

function isNoSource(folder: string, file: string): boolean {
  const inside = path.relative(folder, file);
  return (
    inside.split(path.sep).some((part) => part === 'node_modules' || part.startsWith('.')) ||
    /(~|\.sw[a-z]|\.tmp|\d{4})$/.test(inside)
  );
}
