import fs from 'node:fs';
import path from 'node:path';
import { type SessionData, Store } from 'express-session';
import Database from 'libsql';
import { SettingsError } from '../config';
import type { StoreConfig } from '../store-config';
import { type Locks, type Sealed, type SharedStore, StoreUnavailable } from './shared-store';

/** Milliseconds for which a process waits while another one writes. */
const BUSY = 2000;
/** Milliseconds between two looks for records that have ended. */
const SWEEP_EVERY = 60_000;

/** Write-ahead logging: readers do not wait for a writer, and a process that is killed loses nothing that it has written. */
const SCHEMA = `
  PRAGMA busy_timeout = ${BUSY};
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS records (
    kind TEXT, id TEXT, version INTEGER, value TEXT, ends INTEGER, PRIMARY KEY (kind, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS by_end ON records (ends);
`;

/** A database in a file, which all processes of this machine open. It needs no server. @throws SettingsError */
export function embeddedStore({ url, absoluteSeconds }: StoreConfig): SharedStore {
  const file = path.resolve(url.slice('file:'.length));
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // Only this user may read it.
    fs.closeSync(fs.openSync(file, 'a', 0o600));
    const records = new Records(new Database(file));
    return {
      sessions: new Sessions(records),
      tokens: new SealedTokens(records, absoluteSeconds * 1000),
      locks: new DatabaseLocks(records),
    };
  } catch (error) {
    throw new SettingsError(`The app cannot open the store ${file} (STORE_URL): ${(error as Error).message}`);
  }
}

/** SQLite does not wait for a process that begins to write ahead at the same moment: two that start together do. */
function makeSchema(database: Database.Database): void {
  const giveUpAt = Date.now() + BUSY;
  for (;;)
    try {
      return void database.exec(SCHEMA);
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || Date.now() >= giveUpAt) throw error;
      // The app has not started yet: nothing else can run meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
}

/** Records of several kinds, each until it ends: milliseconds since the epoch. */
class Records {
  #sweepAt = 0;

  constructor(private readonly database: Database.Database) {
    makeSchema(database);
  }

  read(kind: string, id: string): { version: number; value: string } | undefined {
    const sql = 'SELECT version, value FROM records WHERE kind = ? AND id = ? AND ends > ?';
    const found = this.#run(sql, (statement) => statement.get(kind, id, Date.now()));
    return found as { version: number; value: string } | undefined;
  }

  write(kind: string, id: string, version: number, value: string, ends: number): void {
    this.#sweep();
    this.change(
      `INSERT INTO records VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value, ends = excluded.ends`,
      ...[kind, id, version, value, ends],
    );
  }

  /** @returns how many records one statement has changed. */
  change(sql: string, ...values: (string | number)[]): number {
    return this.#run(sql, (statement) => statement.run(...values).changes);
  }

  remove(kind: string, id: string): void {
    this.change('DELETE FROM records WHERE kind = ? AND id = ?', kind, id);
  }

  #sweep(): void {
    const now = Date.now();
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_EVERY;
    this.change('DELETE FROM records WHERE ends <= ?', now);
  }

  readonly #statements = new Map<string, Database.Statement>();

  #run<T>(sql: string, work: (statement: Database.Statement) => T): T {
    try {
      const statement = this.#statements.get(sql) ?? this.database.prepare(sql);
      this.#statements.set(sql, statement);
      return work(statement);
    } catch (error) {
      throw new StoreUnavailable('the embedded store failed', { cause: error });
    }
  }
}

/** The tokens of each session. They end when the session must, counted from its login. */
class SealedTokens {
  constructor(
    private readonly records: Records,
    private readonly lifetime: number,
  ) {}

  async get(id: string): Promise<Sealed | undefined> {
    const found = this.records.read('tokens', id);
    return found && { version: found.version, jwe: found.value };
  }

  async put(id: string, { version, jwe }: Sealed): Promise<void> {
    this.records.write('tokens', id, version, jwe, Date.now() + this.lifetime);
  }

  async replace(id: string, version: number, next: Sealed): Promise<boolean> {
    const changed = this.records.change(
      `UPDATE records SET version = ?, value = ?
       WHERE kind = 'tokens' AND id = ? AND version = ? AND ends > ?`,
      ...[next.version, next.jwe, id, version, Date.now()],
    );
    return changed === 1;
  }

  async delete(id: string): Promise<void> {
    this.records.remove('tokens', id);
  }
}

class DatabaseLocks implements Locks {
  constructor(private readonly records: Records) {}

  async acquire(name: string, owner: string, ms: number): Promise<boolean> {
    const now = Date.now();
    // One statement, so that of two processes one succeeds.
    const changed = this.records.change(
      `INSERT INTO records VALUES ('lock', ?, 0, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, ends = excluded.ends WHERE ends <= ?`,
      ...[name, owner, now + ms, now],
    );
    return changed === 1;
  }

  async release(name: string, owner: string): Promise<void> {
    try {
      this.records.change(`DELETE FROM records WHERE kind = 'lock' AND id = ? AND value = ?`, name, owner);
    } catch {
      // It ends by itself.
    }
  }

  async isHeld(name: string): Promise<boolean> {
    return this.records.read('lock', name) !== undefined;
  }
}

type Done = (error?: unknown) => void;

/** The sessions, each until `cookie.expires`. */
class Sessions extends Store {
  constructor(private readonly records: Records) {
    super();
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    answer(done, () => {
      const found = this.records.read('session', id);
      return found ? JSON.parse(found.value) : null;
    });
  }

  override set(id: string, session: SessionData, done: Done = () => {}): void {
    answer(done, () => this.records.write('session', id, 0, JSON.stringify(session), endOf(session)));
  }

  override touch(id: string, session: SessionData, done: Done = () => {}): void {
    // A session that has ended meanwhile remains so, also if its record is still there.
    const sql = `UPDATE records SET ends = ? WHERE kind = 'session' AND id = ? AND ends > ?`;
    answer(done, () => this.records.change(sql, endOf(session), id, Date.now()));
  }

  override destroy(id: string, done: Done = () => {}): void {
    answer(done, () => this.records.remove('session', id));
  }
}

/** A day for a session without an end. */
const endOf = ({ cookie }: SessionData): number => cookie.expires?.getTime() ?? Date.now() + 24 * 60 * 60_000;

function answer<T>(done: (error: unknown, result?: T) => void, work: () => T): void {
  try {
    const result = work();
    // As a store elsewhere does: after the caller has returned.
    setImmediate(done, null, result);
  } catch (error) {
    setImmediate(done, error);
  }
}
