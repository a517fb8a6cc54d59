import fs from 'node:fs';
import path from 'node:path';
import { renameSync, rmSync } from '../../lib/held';
import { err } from '../../lib/terminal';
import type { Shown } from '../../recorder/types';

/** Bytes of both files together. */
const MOST_BYTES = 16 * 2 ** 20;
/** Milliseconds after which a disk that refused is tried again. */
const PAUSE = 10_000;

interface Place {
  file: number;
  at: number;
  length: number;
}

export interface ArchiveOptions {
  most?: number;
  /** Called when messages cannot be stored, again only after a success. */
  onTrouble?: (words: string) => void;
  /** Milliseconds since the epoch; tests change it. */
  now?: () => number;
}

/** Masked messages, one a line, in two private files, empty at the start. When the newer file is full, the older one is
 * deleted. If the disk refuses, only these messages are missing. */
export class Archive {
  readonly #places = new Map<number, Place>();
  #files: { newer: number; older: number | undefined } | undefined;
  #end = 0;
  #last = 0;
  #rest = 0;
  #reported = false;

  constructor(
    private readonly path: string,
    private readonly options: ArchiveOptions = {},
  ) {}

  /** @returns the message's place, for `read`; undefined when it cannot be stored. */
  add(message: Shown): number | undefined {
    const { most = MOST_BYTES, now = Date.now, onTrouble = report } = this.options;
    if (now() < this.#rest) return undefined;
    const line = Buffer.from(`${JSON.stringify(message)}\n`);
    if (line.length > most / 2) return undefined;
    try {
      if (this.#end + line.length > most / 2) this.#turn();
      const file = this.#open().newer;
      for (let done = 0; done < line.length; ) {
        const written = fs.writeSync(file, line, done, line.length - done, this.#end + done);
        if (written === 0) throw Object.assign(new Error('ENOSPC: nothing was written'), { code: 'ENOSPC' });
        done += written;
      }
      this.#reported = false;
      this.#last += 1;
      this.#places.set(this.#last, { file, at: this.#end, length: line.length });
      this.#end += line.length;
      return this.#last;
    } catch (error) {
      const { code, message: why } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      this.#rest = now() + PAUSE;
      if (!this.#reported)
        onTrouble(`Older messages of the wire are not stored: ${this.path} cannot be written: ${why}`);
      this.#reported = true;
      return undefined;
    }
  }

  /** @returns undefined when it is deleted, or cannot be read. */
  read(place: number): Shown | undefined {
    const found = this.#places.get(place);
    if (!found) return undefined;
    const line = Buffer.alloc(found.length);
    try {
      fs.readSync(found.file, line, 0, line.length, found.at);
      return JSON.parse(line.toString('utf8')) as Shown;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined && !(error instanceof SyntaxError)) throw error;
      return undefined;
    }
  }

  #open(): { newer: number; older: number | undefined } {
    if (this.#files === undefined) {
      fs.mkdirSync(path.dirname(this.path), { recursive: true, mode: 0o700 });
      for (const one of [this.path, older(this.path)]) rmSync(one, { force: true });
      this.#files = { newer: fs.openSync(this.path, 'wx+', 0o600), older: undefined };
    }
    return this.#files;
  }

  #turn(): void {
    if (this.#files === undefined) return;
    const { newer, older: gone } = this.#files;
    this.#files = undefined;
    this.#end = 0;
    if (gone !== undefined) {
      for (const [place, { file }] of this.#places) if (file === gone) this.#places.delete(place);
      fs.closeSync(gone);
    }
    renameSync(this.path, older(this.path));
    this.#files = { newer: fs.openSync(this.path, 'wx+', 0o600), older: newer };
  }
}

const older = (file: string) => `${file}.1`;
const report = (words: string) => err(`${words}\n`);
