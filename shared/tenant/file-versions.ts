import fs from 'node:fs';

/**
 * Whether files have changed since they were read. Several may ask for the same save to be read: whoever saves, and whoever watches. It is
 * told once.
 */
export class Stamps {
  #known = new Map<string, string>();

  /** To be called before the files are read, so that what changes meanwhile counts as changed. */
  note(files: readonly string[]): void {
    this.#known = new Map([...files, ...this.#known.keys()].map((file) => [file, stampOf(file)]));
  }

  /**
   * Which files were read in the end. Of those that nobody knew of before, it is not known how they were then.
   */
  keep(files: readonly string[]): void {
    this.#known = new Map(files.map((file) => [file, this.#known.get(file) ?? UNKNOWN]));
  }

  get changed(): boolean {
    return [...this.#known].some(([file, stamp]) => stampOf(file) !== stamp);
  }
}

const UNKNOWN = 'unknown';

function stampOf(file: string): string {
  try {
    const { mtimeNs, size, ino } = fs.statSync(file, { bigint: true });
    return [mtimeNs, size, ino].join();
  } catch {
    return 'absent';
  }
}
