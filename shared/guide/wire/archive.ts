import fs from 'node:fs';
import path from 'node:path';
import { rmSync } from '../../party/held';
import type { Shown } from '../../recorder/masks';

/** Messages without their secrets, one a line, in a file of the user alone; it begins anew with each process. */
export class Archive {
  readonly #lengths = new Map<number, number>();
  #file: number | undefined;
  #end = 0;

  constructor(private readonly path: string) {}

  /** @returns its place, for `read`. */
  add(message: Shown): number {
    const line = Buffer.from(`${JSON.stringify(message)}\n`);
    const place = this.#end;
    fs.writeSync(this.#open(), line, 0, line.length, place);
    this.#lengths.set(place, line.length);
    this.#end += line.length;
    return place;
  }

  read(place: number): Shown {
    const line = Buffer.alloc(this.#lengths.get(place) ?? 0);
    fs.readSync(this.#open(), line, 0, line.length, place);
    return JSON.parse(line.toString('utf8')) as Shown;
  }

  #open(): number {
    if (this.#file === undefined) {
      fs.mkdirSync(path.dirname(this.path), { recursive: true, mode: 0o700 });
      rmSync(this.path, { force: true });
      this.#file = fs.openSync(this.path, 'w+', 0o600);
    }
    return this.#file;
  }
}
