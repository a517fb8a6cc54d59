import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../../shared/lib/places';

/** Bytes that must be free in memory: a whole installation of the packages is the largest thing that tests make. */
const ROOM = 2 ** 31;
const MEMORY = '/dev/shm';

/** Where a run of the tests makes its files. */
export interface Folders {
  /** What the workshop makes, as WORKSHOP_DIR. */
  work: string;
  /** For what must be outside of the repository, as TMPDIR. */
  temporary: string;
  /** What to remove at the end. */
  all: string[];
}

/**
 * Makes the folders of one run: separate from a workshop that runs meanwhile, and from other runs. In memory where the system has room there,
 * because the tests write some hundred thousand small files.
 */
export function makeFolders(): Folders {
  if (!hasMemory()) {
    const work = path.join(ROOT, '.workshop', `test-${process.pid}`);
    fs.mkdirSync(work, { recursive: true, mode: 0o700 });
    const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'call-your-api-test-'));
    return { work, temporary, all: [work, temporary] };
  }
  const base = fs.mkdtempSync(path.join(MEMORY, 'call-your-api-test-'));
  const work = path.join(base, 'work');
  fs.mkdirSync(work);
  // The apps there find packages and configuration as they do inside the repository; what is outside of it must not.
  for (const name of ['node_modules', 'tsconfig.json'])
    fs.symlinkSync(path.join(ROOT, name), path.join(base, name));
  const temporary = fs.mkdtempSync(path.join(MEMORY, 'call-your-api-test-'));
  return { work, temporary, all: [base, temporary] };
}

/** Packages with binaries must load from there, too. */
function hasMemory(): boolean {
  try {
    const { bavail, bsize } = fs.statfsSync(MEMORY);
    fs.accessSync(MEMORY, fs.constants.W_OK);
    const mount = fs
      .readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === MEMORY);
    return bavail * bsize >= ROOM && mount !== undefined && !/[ ,]noexec[ ,]/.test(mount);
  } catch {
    return false;
  }
}
