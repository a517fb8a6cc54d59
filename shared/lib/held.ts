import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Windows refuses to rename, replace or remove a file that another program has open, such as a virus scanner or an
 * editor, until it is closed, usually within milliseconds. */
const HELD = new Set(['EPERM', 'EACCES', 'EBUSY', 'ENOTEMPTY']);
/** Milliseconds between the attempts; together more than a second. */
export const WAITS: readonly number[] = [5, 10, 20, 40, 80, 160, 320, 640];

export function renameSync(from: string, to: string): void {
  untilReleasedSync(() => fs.renameSync(from, to));
}

export function rmSync(at: string, options: fs.RmOptions = {}): void {
  untilReleasedSync(() => fs.rmSync(at, options));
}

export function rename(from: string, to: string): Promise<void> {
  return untilReleased(() => fs.promises.rename(from, to));
}

export function rm(at: string, options: fs.RmOptions = {}): Promise<void> {
  return untilReleased(() => fs.promises.rm(at, options));
}

/** On other systems these errors mean a missing permission, and waiting does not help. */
const mayPass = (error: unknown, platform: NodeJS.Platform) =>
  platform === 'win32' && HELD.has((error as NodeJS.ErrnoException).code ?? '');

/** @throws the last error, when the file remains open longer than all waits. */
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

/** @throws the last error, when the file remains open longer than all waits. */
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
