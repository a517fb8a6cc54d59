import fs from 'node:fs';
import path from 'node:path';

/** Where the sessions and tokens of a site are. */
export interface RunStore {
  /** For STORE_URL. */
  url: string;
  /** The file of the embedded store; undefined with Redis. */
  file?: string;
  redis?: RedisStore;
  /** All bytes that it holds. */
  bytes(): Promise<Buffer>;
  close(): Promise<void>;
}

export interface RedisStore {
  /** From now on connections are refused, or nobody answers on them. */
  goAway(how?: 'refused' | 'silent'): void;
  comeBack(): void;
}

/** The embedded store, in a folder of its own. */
export function embeddedStore(folder: string): RunStore {
  const file = path.join(folder, 'store.db');
  return {
    url: `file:${file}`,
    file,
    bytes: async () => Buffer.concat(filesIn(folder).map((one) => fs.readFileSync(one))),
    close: async () => {},
  };
}

const filesIn = (folder: string): string[] =>
  fs.existsSync(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
    : [];
