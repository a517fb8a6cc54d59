import crypto from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { rename, rm } from '../../lib/held';
import { ManagementError } from './failure';

/** Code of Actions, Rules and Hooks, written together with the edit of tenant.yaml. */
export class CodeFiles {
  readonly #made: string[] = [];
  readonly #changed = new Map<string, string>();

  /** Writes new files, which the check of the edit needs. @param folder of tenant.yaml. */
  static async prepare(folder: string, wanted: ReadonlyMap<string, string>): Promise<CodeFiles> {
    const files = new CodeFiles();
    for (const [given, text] of wanted) {
      const file = path.resolve(folder, given.replaceAll('\\', '/'));
      if (!file.startsWith(path.resolve(folder) + path.sep))
        throw new ManagementError(400, `${given} leads out of the folder of tenant.yaml`, 'invalid_body');
      const before = await fs.readFile(file, 'utf8').catch(() => undefined);
      if (before === text) continue;
      if (before !== undefined) {
        files.#changed.set(file, text);
        continue;
      }
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, text, { flag: 'wx' }).catch(async (error: NodeJS.ErrnoException) => {
        // Half a file would block the next try; one that somebody else just made is theirs.
        if (error.code !== 'EEXIST') files.#made.push(file);
        await files.undo();
        throw error;
      });
      files.#made.push(file);
    }
    return files;
  }

  get any(): boolean {
    return this.#made.length + this.#changed.size > 0;
  }

  async write(): Promise<void> {
    for (const [file, text] of this.#changed) {
      const temporary = `${file}.${process.pid}.${crypto.randomBytes(4).toString('hex')}`;
      try {
        await fs.writeFile(temporary, text, { flag: 'wx' });
        await rename(temporary, file);
      } finally {
        await rm(temporary, { force: true });
      }
    }
  }

  /** Removes new files of a failed edit. */
  async undo(): Promise<void> {
    await Promise.all(this.#made.map((file) => rm(file, { force: true })));
  }
}
