import path from 'node:path';
import { watch } from 'chokidar';

/** Milliseconds of quiet after a save: an editor that saves several files means one thing. */
const QUIET = 20;

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
  let timer: NodeJS.Timeout | undefined;
  let since = 0;
  const watcher = watch(folder, { ignoreInitial: true, ignored: (file) => isNoSource(folder, file) });
  watcher.on('all', (event, file) => {
    if (event === 'addDir' || event === 'unlinkDir') return;
    if (saved.size === 0) since = Date.now();
    saved.add(path.relative(folder, file).split(path.sep).join('/'));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = [...saved];
      saved.clear();
      onSave(files, since);
    }, QUIET);
  });
  watcher.on('error', (error) => onError(error as Error));
  return {
    ready: new Promise((resolve) => watcher.once('ready', () => resolve())),
    close: async () => {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}

/** Whether the tenant reads any of these files: tenant.yaml, or code that it names, which is JavaScript. */
export const changesTenant = (files: readonly string[]) =>
  files.some((file) => file === 'tenant.yaml' || file.endsWith('.js'));

function isNoSource(folder: string, file: string): boolean {
  const inside = path.relative(folder, file);
  return (
    inside.split(path.sep).some((part) => part === 'node_modules' || part.startsWith('.')) ||
    /(~|\.sw[a-z]|\.tmp|\d{4})$/.test(inside)
  );
}
