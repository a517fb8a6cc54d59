import path from 'node:path';
import { watch } from 'chokidar';

export interface FileWatch {
  /** Fulfilled once every later save will be seen; rejected when the folders cannot be watched. */
  ready: Promise<void>;
  /** Ends the watch, after a call back that is under way. */
  close(): Promise<void>;
}

/**
 * Calls back after each save of one of the files, once the write has settled; never twice at the same time. The folders
 * are watched, not the files: many editors save by renaming a new file over the old one. A failure of the call back
 * or of the file system is handed to `onError` and ends nothing.
 *
 * @param files paths; they need not exist yet, their folders must.
 */
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
    // Whatever else lies in the folders costs no watch of its own.
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
    // Not once: an error event without a listener ends the process.
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
