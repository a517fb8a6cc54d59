import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Renames and removals that wait for other programs. On Windows a file that another program has open, such as a virus scanner, an indexer
 * or an editor, can't be renamed, replaced or removed until it is closed, which mostly takes milliseconds.
 */
const HELD = new Set(['EPERM', 'EACCES', 'EBUSY', 'ENOTEMPTY']);
/** Milliseconds between the tries; in all more than a second. */
export const WAITS: readonly number[] = [5, 10, 20, 40, 80, 160, 320, 640];

/** As fs.renameSync. */
export function renameSync(from: string, to: string): void {
  untilReleasedSync(() => fs.renameSync(from, to));
}

/** As fs.rmSync. */
export function rmSync(at: string, options: fs.RmOptions = {}): void {
  untilReleasedSync(() => fs.rmSync(at, options));
}

/** As fs.promises.rename. */
export function rename(from: string, to: string): Promise<void> {
  return untilReleased(() => fs.promises.rename(from, to));
}

/** As fs.promises.rm. */
export function rm(at: string, options: fs.RmOptions = {}): Promise<void> {
  return untilReleased(() => fs.promises.rm(at, options));
}

/** Elsewhere these errors mean that something is not allowed, which no wait changes. */
const mayPass = (error: unknown, platform: NodeJS.Platform) =>
  platform === 'win32' && HELD.has((error as NodeJS.ErrnoException).code ?? '');

/** @throws the last error, when the file is held for longer than all waits. */
export function untilReleasedSync<T>(act: () => T, platform: NodeJS.Platform = process.platform): T {
  for (const wait of WAITS) {
    try {
      return act();
    } catch (error) {
      if (!mayPass(error, platform)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
    }
  }
  return act();
}

/** @throws the last error, when the file is held for longer than all waits. */
export async function untilReleased<T>(
  act: () => Promise<T>,
  platform: NodeJS.Platform = process.platform,
): Promise<T> {
  for (const wait of WAITS) {
    try {
      return await act();
    } catch (error) {
      if (!mayPass(error, platform)) throw error;
      await delay(wait);
    }
  }
  return act();
}
