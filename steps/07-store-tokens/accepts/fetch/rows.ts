import fs from 'node:fs';
import path from 'node:path';
import Database from 'libsql';
import { decrypt, encrypt } from './encryption';

const {
  STORE_URL = 'file:store.db',
  SESSION_IDLE_SECONDS = '86400',
  SESSION_ABSOLUTE_SECONDS = '604800',
} = process.env;
export const idleSeconds = Number(SESSION_IDLE_SECONDS);

if (!STORE_URL.startsWith('file:')) throw new Error('STORE_URL must be file: and a path');
const file = path.resolve(STORE_URL.slice('file:'.length));
fs.mkdirSync(path.dirname(file), { recursive: true });
const database = new Database(file);
database.exec(`
  PRAGMA busy_timeout = 2000;
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS visits (
    id TEXT PRIMARY KEY, began INTEGER, used INTEGER, data TEXT, tokens TEXT, owner TEXT, locked INTEGER DEFAULT 0
  );
`);

type Column = 'data' | 'tokens';
type Value = string | number;

const run = (sql: string, ...values: Value[]) => database.prepare(sql).run(...values).changes === 1;

/** The earliest begin and the earliest use of a session that has not ended. */
const limits = () => [Date.now() - Number(SESSION_ABSOLUTE_SECONDS) * 1000, Date.now() - idleSeconds * 1000];
const ALIVE = 'began > ? AND used > ?';

/** Notes that a session is used. False if it has ended. */
export const use = (id: string) =>
  run(`UPDATE visits SET used = ? WHERE id = ? AND ${ALIVE}`, Date.now(), id, ...limits());

export function make(id: string): void {
  database.prepare(`DELETE FROM visits WHERE NOT (${ALIVE})`).run(...limits());
  run('INSERT INTO visits (id, began, used) VALUES (?, ?, ?)', id, Date.now(), Date.now());
}

export const remove = (id: string) => run('DELETE FROM visits WHERE id = ?', id);

export function read<T>(id: string, column: Column): T | undefined {
  const row = database.prepare(`SELECT ${column} AS value FROM visits WHERE id = ?`).get(id) as
    | { value: string | null }
    | undefined;
  return row?.value ? (decrypt(id, row.value) as T) : undefined;
}

/** Writes what a session has; nothing for one that has ended. */
export const write = (id: string, column: Column, value: unknown) =>
  run(`UPDATE visits SET ${column} = ? WHERE id = ?`, encrypt(id, value), id);

/** Changes what a session has, while no other process does. */
export const change = database.transaction((id: string, column: Column, edit: (value: object) => object) =>
  write(id, column, edit(read<object>(id, column) ?? {})),
).immediate;

/** Whether nobody else has the lock of this session. It ends by itself. */
export const lock = (id: string, owner: string, ms: number) =>
  run(
    'UPDATE visits SET owner = ?, locked = ? WHERE id = ? AND locked <= ?',
    owner,
    Date.now() + ms,
    id,
    Date.now(),
  );

/** Writes the tokens, if this owner has the lock still. */
export const writeLocked = (id: string, owner: string, tokens: unknown) =>
  run('UPDATE visits SET tokens = ? WHERE id = ? AND owner = ?', encrypt(id, tokens), id, owner);

export const unlock = (id: string, owner: string) =>
  run('UPDATE visits SET owner = NULL, locked = 0 WHERE id = ? AND owner = ?', id, owner);
