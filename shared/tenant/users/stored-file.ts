import fs from 'node:fs/promises';
import type { z } from 'zod';
import { replaceWhole } from '../../lib/data-file';
import { rename } from '../../lib/held';

export interface StoredFileOptions<T> {
  schema: z.ZodType<T>;
  take: () => T;
  onTrouble: (reason: string) => void;
}

/** Milliseconds that changes are collected. */
const GATHER = 500;
/** Writing takes at most a twentieth of the time, however large the file. */
const REST = 20;

/** A value as JSON in the data folder. `changed` is cheap enough for each login: the file is written a little later,
 * once for all changes, and atomically. */
export class StoredFile<T> {
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #due = false;
  #failed = false;
  /** Milliseconds that the last write blocked the event loop. */
  #cost = 0;

  private constructor(
    readonly file: string,
    private readonly options: StoredFileOptions<T>,
  ) {}

  /** A damaged file is renamed and counts as absent. @returns undefined for no value. */
  static async open<T>(
    file: string,
    options: StoredFileOptions<T>,
  ): Promise<{ stored: StoredFile<T>; value: T | undefined }> {
    const stored = new StoredFile(file, options);
    return { stored, value: await stored.#read() };
  }

  changed(): void {
    this.#due = true;
    if (this.#timer) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        void this.flush();
      },
      Math.max(GATHER, this.#cost * REST),
    );
    // A process without other work ends by its own `close`, which flushes.
    this.#timer.unref();
  }

  /** Fulfilled when all changes are written, or a failure is reported. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => (this.#due ? this.#write() : undefined));
    return this.#writing;
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.flush();
  }

  async #write(): Promise<void> {
    this.#due = false;
    try {
      const start = performance.now();
      const writing = replaceWhole(this.file, this.options.take());
      this.#cost = performance.now() - start;
      await writing;
      this.#failed = false;
    } catch (error) {
      // Reported once, not at each login.
      if (!this.#failed)
        this.options.onTrouble(
          `${this.file} cannot be written, so a restart will forget what is new: ${(error as Error).message}`,
        );
      this.#failed = true;
    }
  }

  async #read(): Promise<T | undefined> {
    let text: string;
    try {
      text = await fs.readFile(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.options.onTrouble(`${this.file} cannot be read: ${(error as Error).message}`);
      return undefined;
    }
    // A full disk leaves an empty file, which need not be stored aside.
    if (text.trim() === '') return undefined;
    try {
      return this.options.schema.parse(JSON.parse(text));
    } catch {
      const aside = `${this.file}.damaged`;
      const moved = await rename(this.file, aside).then(
        () => `it was renamed to ${aside}`,
        (error: Error) => `it cannot be renamed: ${error.message}`,
      );
      this.options.onTrouble(`${this.file} is damaged, so the tenant begins without it; ${moved}`);
      return undefined;
    }
  }
}
