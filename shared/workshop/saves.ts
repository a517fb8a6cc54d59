import fs from 'node:fs';
import path from 'node:path';
import { watch } from 'chokidar';

/** Milliseconds of quiet after a save: an editor that saves several files means one thing. */
const QUIET = 20;
/** Milliseconds after which a file that was saved is looked at again: of two changes within 50 ms chokidar tells the first only. */
const AGAIN = 100;

export interface Saves {
  /** Fulfilled once every later save will be seen. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/**
 * Tells what was saved in an app's folder: files relative to it, and when the first of them was seen, in milliseconds since the epoch.
 * Installed packages, hidden files and what editors write beside a file do not count.
 */
export function watchSaves(
  folder: string,
  onSave: (files: string[], since: number) => void,
  onError: (error: Error) => void,
): Saves {
  const saved = new Set<string>();
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let again: NodeJS.Timeout | undefined;
  let since = 0;
  const add = (file: string) => {
    if (saved.size === 0) since = Date.now();
    saved.add(file);
    clearTimeout(timer);
    timer = setTimeout(tell, QUIET);
  };
  const tell = () => {
    const files = [...saved];
    saved.clear();
    for (const file of files) told.set(file, stateOf(folder, file));
    clearTimeout(again);
    again = setTimeout(lookAgain, AGAIN);
    onSave(files, since);
  };
  const lookAgain = () => {
    const changed = [...told].filter(([file, state]) => state !== stateOf(folder, file));
    told.clear();
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

/** Whether the tenant reads any of these files: tenant.yaml, or code that it names, which is JavaScript. */
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
