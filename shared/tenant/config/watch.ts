import path from 'node:path';
import { watch } from 'chokidar';

/**
 * Calls back after each save of one of the files, once the write has settled. The folders are watched, not the
 * files: many editors save by renaming a new file over the old one.
 */
export function watchFiles(
  files: string[],
  onChange: () => void | Promise<void>,
): { ready: Promise<void>; close(): Promise<void> } {
  const wanted = new Set(files.map((file) => path.resolve(file)));
  const watcher = watch([...new Set([...wanted].map((file) => path.dirname(file)))], {
    depth: 0,
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 10 },
  });
  let running: Promise<void> = Promise.resolve();
  watcher.on('all', (_event, changed) => {
    if (wanted.has(path.resolve(changed))) running = running.then(onChange);
  });
  const ready = new Promise<void>((resolve, reject) => {
    watcher.once('ready', () => resolve());
    watcher.once('error', reject);
  });
  return {
    ready,
    close: async () => {
      await watcher.close();
      await running;
    },
  };
}
