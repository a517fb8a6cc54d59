import fs from 'node:fs';
import path from 'node:path';
import { attempt } from '../../lib/attempt';
import { workFolder } from '../../lib/places';
import { type Finding, ok, warning } from './finding';

/** Folders of files that the workshop makes once. */
const FOLDERS = ['.', 'tenant', 'identity-providers'];

/** Empty files, from a time when the disk was full. What reads them makes them again. */
export function storedFiles(work = workFolder()): Finding[] {
  const empty = FOLDERS.flatMap((folder) => filesIn(path.join(work, folder))).filter(isEmpty);
  if (empty.length === 0) return [ok('kept-files', 'No file of the workshop is empty')];
  const names = empty.map((file) => path.relative(work, file)).join(', ');
  const seen = `${names} in ${work} ${empty.length === 1 ? 'is' : 'are'} empty, as a full disk leaves files`;
  const fix = 'Free some disk space. npm start creates the files again, and earlier logins end.';
  return [warning('empty-files', seen, fix)];
}

function filesIn(folder: string): string[] {
  const found = attempt(() => fs.readdirSync(folder, { withFileTypes: true })) ?? [];
  return found.filter((one) => one.isFile()).map(({ name }) => path.join(folder, name));
}

/** Not files that begin empty: locks, records that are being written, other people's files. */
const isEmpty = (file: string): boolean =>
  /(?:^session-secret|^store-keys|\.json|\.pem)$/.test(path.basename(file)) && fs.statSync(file).size === 0;
