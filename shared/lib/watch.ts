import path from 'node:path';
import { watch } from 'chokidar';

export interface FileWatch {
  /** Resolves when every later save will be seen; rejects when the folders cannot be watched. */
  ready: Promise<void>;
  /** Ends the watch, after a running callback. */
  close(): Promise<void>;
}

/** Calls back after each save, one call at a time; errors go to `onError`. Watches the folders, since many editors
 * rename a new file over the old one. @param files need not exist yet, but their folders must. */
export function watchFiles(
  files: string[],
  onChange: () => void | Promise<void>,
  onError: (error: Error) => void = (error) => process.emitWarning(error),
): FileWatch {
  const wanted = new Set(files.map((file) => path.resolve(file)));
  const folders = new Set([...wanted].map((file) => path.dirname(file)));
  const watcher = watch([...folders], {
    depth: 0,
    ignoreInitial: true,
    // Other files in the folders need no watch.
    ignored: (found) => !wanted.has(path.resolve(found)) && !folders.has(path.resolve(found)),
    awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 10 },
  });
  let running: Promise<void> = Promise.resolve();
  watcher.on('all', (_event, changed) => {
    if (wanted.has(path.resolve(changed))) running = running.then(onChange).catch(onError);
  });
  let started = false;
  const ready = new Promise<void>((resolve, reject) => {
    watcher.once('ready', () => {
      started = true;
      resolve();
    });
    // Not `once`: an error event without a listener ends the process.
    watcher.on('error', (error) => (started ? onError : reject)(error as Error));
  });
  return {
    ready,
    close: async () => {
      await watcher.close();
      await running;
    },
  };
}
