import fs from 'node:fs/promises';
import path from 'node:path';
import { rm } from '../../lib/held';
import { writeWhole } from '../../lib/write-whole';
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

  write(): void {
    for (const [file, text] of this.#changed) writeWhole(file, text);
  }

  /** Removes new files of a failed edit. */
  async undo(): Promise<void> {
    await Promise.all(this.#made.map((file) => rm(file, { force: true })));
  }
}
