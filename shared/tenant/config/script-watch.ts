import fs from 'node:fs';
import path from 'node:path';
import { type FileWatch, watchFiles } from '../../lib/watch';

/** Watches the files that tenant.yaml names. */
export class ScriptWatch {
  #watch: FileWatch | undefined;
  #watched = '';
  /** A watch may be closed from within its own callback, which must not wait for that. */
  #ending: Promise<unknown> = Promise.resolve();

  readonly #closed: Promise<void>;
  #close: () => void = () => {};

  constructor(private readonly onChange: () => Promise<void>) {
    this.#closed = new Promise((resolve) => {
      this.#close = resolve;
    });
  }

  /** A file need not exist, nor its folder. @returns fulfilled once every later save is noticed. */
  async use(files: string[]): Promise<void> {
    const wanted = files.map(watchable);
    if (wanted.join('\n') === this.#watched) return;
    this.#ending = Promise.all([this.#ending, this.#watch?.close()]);
    this.#watched = wanted.join('\n');
    this.#watch = wanted.length > 0 ? watchFiles(wanted, this.onChange) : undefined;
    // A watch that is closed early never becomes ready.
    await Promise.race([this.#watch?.ready, this.#closed]);
  }

  /** @param files with whether each existed when it was read.
   * @returns whether a missing one has appeared since, perhaps before the watch began. */
  async useMissing(files: ReadonlyMap<string, boolean>): Promise<boolean> {
    await this.use([...files.keys()]);
    return [...files].some(([file, found]) => !found && fs.existsSync(file));
  }

  async close(): Promise<void> {
    this.#close();
    await Promise.all([this.#ending, this.#watch?.close()]);
  }
}

/** The file, or the first missing folder on its path. */
function watchable(file: string): string {
  const folder = path.dirname(file);
  return fs.existsSync(folder) || folder === file ? file : watchable(folder);
}
