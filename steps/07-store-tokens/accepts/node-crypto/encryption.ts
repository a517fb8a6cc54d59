import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Sealed, SharedStore } from './stores/shared-store';
import type { Tokens } from './tokens';

const [ALGORITHM, IV, TAG] = ['aes-256-gcm', 12, 16] as const;

interface NamedKey {
  /** Four bytes that identify a key, and reveal nothing of it. */
  name: Buffer;
  key: Buffer;
}

const named = (key: Buffer): NamedKey => {
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'tokens of sessions', 36));
  return { name: derived.subarray(32), key: derived.subarray(0, 32) };
};

/** A record is the name of its key, the initialisation vector, the tag and the text, in one Base64. */
export class Encryption {
  readonly #keys: NamedKey[];

  constructor(keys: readonly Buffer[]) {
    this.#keys = keys.map(named);
  }

  async seal(id: string, tokens: Tokens): Promise<Sealed> {
    const [newest] = this.#keys;
    if (!newest) throw new Error('there is no key');
    const iv = randomBytes(IV);
    const cipher = createCipheriv(ALGORITHM, newest.key, iv).setAAD(Buffer.from(id));
    const text = Buffer.concat([cipher.update(JSON.stringify(tokens)), cipher.final()]);
    const record = Buffer.concat([newest.name, iv, cipher.getAuthTag(), text]);
    return { version: tokens.version, jwe: record.toString('base64') };
  }

  async open(id: string, { jwe }: Sealed): Promise<Tokens | undefined> {
    const record = Buffer.from(jwe, 'base64');
    const known = this.#keys.find(({ name }) => name.equals(record.subarray(0, name.length)));
    if (!known) return undefined;
    const at = known.name.length;
    const [iv, tag] = [record.subarray(at, at + IV), record.subarray(at + IV, at + IV + TAG)];
    try {
      const decipher = createDecipheriv(ALGORITHM, known.key, iv, { authTagLength: TAG });
      decipher.setAAD(Buffer.from(id)).setAuthTag(tag);
      const text = Buffer.concat([decipher.update(record.subarray(at + IV + TAG)), decipher.final()]);
      return JSON.parse(text.toString());
    } catch {
      return undefined;
    }
  }
}

export const encrypted = (store: SharedStore['tokens'], encryption: Encryption) => ({
  async get(id: string): Promise<Tokens | undefined> {
    const found = await store.get(id);
    return found ? encryption.open(id, found) : undefined;
  },
  async put(id: string, tokens: Tokens): Promise<void> {
    await store.put(id, await encryption.seal(id, tokens));
  },
  async replace(id: string, version: number, tokens: Tokens): Promise<boolean> {
    return store.replace(id, version, await encryption.seal(id, tokens));
  },
  delete: (id: string): Promise<void> => store.delete(id),
});
