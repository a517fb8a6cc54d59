import crypto from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { StoredFile } from '../users/stored-file';

/** Auth0's form of IDs that tenant.yaml does not contain. */
const FORMS = {
  'resource server': '',
  'client grant': 'cgr_',
  connection: 'con_',
  role: 'rol_',
  rule: 'rul_',
  action: 'uuid',
  hook: 'uuid',
  binding: 'uuid',
} as const;
export type Named = keyof typeof FORMS;

/** Derived from the name, so the same at each start. */
export function derivedId(kind: Named, name: string): string {
  const hash = crypto.createHash('sha256').update(`${kind}\n${name}`).digest('hex');
  const form = FORMS[kind];
  if (form === 'uuid') return hash.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-8$4-$5');
  return form + hash.slice(0, form === '' ? 24 : 16);
}

/** Derived from names, and stored for renamed things. */
export class Ids {
  #renamed: Record<string, string> = {};
  #file: StoredFile<Record<string, string>> | undefined;

  static async open(folder: string, onTrouble: (reason: string) => void): Promise<Ids> {
    const ids = new Ids();
    const { stored, value } = await StoredFile.open(path.join(folder, 'kept-ids.json'), {
      schema: z.record(z.string(), z.string()),
      take: () => ids.#renamed,
      onTrouble,
    });
    ids.#file = stored;
    ids.#renamed = value ?? {};
    return ids;
  }

  of(kind: Named, name: string): string {
    const stored = this.#renamed[`${kind} ${name}`];
    if (stored !== undefined) return stored;
    // A renamed thing still has the ID of its first name.
    const others = Object.values(this.#renamed);
    let id = derivedId(kind, name);
    for (let again = 1; others.includes(id); again++) id = derivedId(kind, `${name}\n${again}`);
    return id;
  }

  renamed(kind: Named, from: string, to: string): void {
    const id = this.of(kind, from);
    delete this.#renamed[`${kind} ${from}`];
    this.#renamed[`${kind} ${to}`] = id;
    this.#file?.changed();
  }

  close(): Promise<void> {
    return this.#file?.close() ?? Promise.resolve();
  }
}
