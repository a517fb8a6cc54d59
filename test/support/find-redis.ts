import fs from 'node:fs';
import path from 'node:path';

/** The programs that tests can use: they have the same protocol and the same options. */
export const REDIS_NAMES = ['redis-server', 'valkey-server'];

/** Redis or Valkey on this machine; REDIS_PATH names another one. */
export function findRedis(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const places = REDIS_NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [process.env.REDIS_PATH, ...places].find((file) => file !== undefined && fs.existsSync(file));
}
