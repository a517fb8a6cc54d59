import fs from 'node:fs';

/** Whether files changed since they were read; the writer and the watcher of a file both ask. */
export class FileVersions {
  #known = new Map<string, string>();

  /** Call it before reading, so that a change meanwhile counts. */
  note(files: readonly string[]): void {
    this.#known = new Map([...files, ...this.#known.keys()].map((file) => [file, versionOf(file)]));
  }

  /** Which files were read in the end. A file that `note` did not get counts as changed. */
  keep(files: readonly string[]): void {
    this.#known = new Map(files.map((file) => [file, this.#known.get(file) ?? UNKNOWN]));
  }

  get changed(): boolean {
    return [...this.#known].some(([file, version]) => versionOf(file) !== version);
  }
}

const UNKNOWN = 'unknown';

function versionOf(file: string): string {
  try {
    const { mtimeNs, size, ino } = fs.statSync(file, { bigint: true });
    return [mtimeNs, size, ino].join();
  } catch {
    return 'absent';
  }
}
