import Database from 'libsql';

/** Makes every statement of an embedded store fail. @returns a function that undoes it. */
export function whileRecordsAreAway(file: string): () => void {
  rename(file, 'records', 'away');
  return () => rename(file, 'away', 'records');
}

function rename(file: string, from: string, to: string): void {
  const database = new Database(file);
  try {
    database.exec(`PRAGMA busy_timeout = 2000; ALTER TABLE ${from} RENAME TO ${to}`);
  } finally {
    database.close();
  }
}
