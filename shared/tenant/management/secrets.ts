import path from 'node:path';
import { z } from 'zod';
import { replaceWhole } from '../../lib/data-file';
import { StoredFile } from '../users/stored-file';

/** Secrets sent to the Management API: the file gets a placeholder, the data folder the value. So tenant.yaml may go
 * into a repository and, with the values in the environment, to a real tenant. */
export class StoredSecrets {
  #values: Readonly<Record<string, string>> = {};

  private constructor(private readonly file: string) {}

  static async open(folder: string, onTrouble: (reason: string) => void): Promise<StoredSecrets> {
    const secrets = new StoredSecrets(path.join(folder, 'kept-secrets.json'));
    const { value } = await StoredFile.open(secrets.file, {
      schema: z.record(z.string(), z.string()),
      take: () => ({ ...secrets.#values }),
      onTrouble,
    });
    secrets.#values = value ?? {};
    return secrets;
  }

  get values(): Readonly<Record<string, string>> {
    return this.#values;
  }

  async add(values: Record<string, string>): Promise<void> {
    if (Object.keys(values).length === 0) return;
    const next = { ...this.#values, ...values };
    await replaceWhole(this.file, next);
    this.#values = next;
  }
}
