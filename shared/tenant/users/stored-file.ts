import fs from 'node:fs/promises';
import type { z } from 'zod';
import { replaceWhole } from '../../lib/data-file';
import { rename } from '../../lib/held';

export interface StoredFileOptions<T> {
  schema: z.ZodType<T>;
  /** The value as it is now, asked for when it is written. */
  take: () => T;
  /** Told of a damaged file that was set aside, and of one that cannot be written. */
  onTrouble: (reason: string) => void;
}

/** Milliseconds that changes are gathered before they are written. */
const GATHER = 500;
/** Of the process's time at most a twentieth goes into writing, however large the file becomes. */
const REST = 20;

/**
 * A value that outlives the tenant, as JSON in its data folder. `changed` costs nothing and may be called at each login: the file is
 * written soon after, once for all changes of that time, by a rename, so that it is whole at any moment.
 */
export class StoredFile<T> {
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Whether there is something that no write has taken yet. */
  #due = false;
  #failed = false;
  /** Milliseconds that the last write kept the event loop. */
  #cost = 0;

  private constructor(
    readonly file: string,
    private readonly options: StoredFileOptions<T>,
  ) {}

  /** Reads the file. One that is damaged is set aside, for its owner to look at, and counts as absent.
   * @returns the value, undefined for none. */
  static async open<T>(
    file: string,
    options: StoredFileOptions<T>,
  ): Promise<{ kept: StoredFile<T>; value: T | undefined }> {
    const kept = new StoredFile(file, options);
    return { kept, value: await kept.#read() };
  }

  /** The value is another one now. */
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
    // A process that has nothing else to do ends by its own `close`, which flushes.
    this.#timer.unref();
  }

  /** Fulfilled when all that changed until now is in the file, or could not be written, which is told. */
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
      // Told once, not at each login; what is in memory goes on to count.
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
    // A disk that was full leaves an empty file: there is nothing to set aside.
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
