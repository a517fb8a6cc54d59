import fs from 'node:fs';
import path from 'node:path';
import { type FileWatch, watchFiles } from '../../lib/watch';

/** Watches the files that tenant.yaml names, which change with it. */
export class ScriptWatch {
  #watch: FileWatch | undefined;
  #watched = '';
  /** Watches that are being ended. One may be ended from within its own call back, which must not wait for that. */
  #ending: Promise<unknown> = Promise.resolve();

  readonly #closed: Promise<void>;
  #close: () => void = () => {};

  constructor(private readonly onChange: () => Promise<void>) {
    this.#closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /**
   * Watches these files from now on. A file need not exist, nor its folder.
   *
   * @returns fulfilled once every later save will be seen.
   */
  async use(files: string[]): Promise<void> {
    const wanted = files.map(watchable);
    if (wanted.join('\n') === this.#watched) return;
    this.#ending = Promise.all([this.#ending, this.#watch?.close()]);
    this.#watched = wanted.join('\n');
    this.#watch = wanted.length > 0 ? watchFiles(wanted, this.onChange) : undefined;
    // A watch that is closed first would never be ready.
    await Promise.race([this.#watch?.ready, this.#closed]);
  }

  /**
   * Watches files of which some were missing.
   *
   * @param files with whether they were there when they were to be read.
   * @returns whether one has come since, which may have been before the watch began.
   */
  async useMissing(files: ReadonlyMap<string, boolean>): Promise<boolean> {
    await this.use([...files.keys()]);
    return [...files].some(([file, found]) => !found && fs.existsSync(file));
  }

  async close(): Promise<void> {
    this.#close();
    await Promise.all([this.#ending, this.#watch?.close()]);
  }
}

/** The file itself, or the first folder on the way to it that does not exist yet. */
function watchable(file: string): string {
  const folder = path.dirname(file);
  return fs.existsSync(folder) || folder === file ? file : watchable(folder);
}
