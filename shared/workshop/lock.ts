import fs from 'node:fs';
import path from 'node:path';
import { diskTrouble } from '../party/disk-trouble';
import { renameSync, rmSync } from '../party/held';
import { own } from '../party/own';
import { EXIT, UserError } from '../party/user-error';
import { KEPT } from './my-app';

/**
 * Runs something that changes my-app/, alone: a second command is refused while the first one runs. What a killed command left behind is
 * noticed, since its process is gone.
 *
 * @throws UserError while another command is at work.
 */
export async function alone<T>(work: () => Promise<T>): Promise<T> {
  const lock = path.join(KEPT, 'busy');
  try {
    fs.mkdirSync(KEPT, { recursive: true });
    take(lock);
    sweep();
    return await work();
  } catch (error) {
    throw explained(error);
  } finally {
    release(lock);
  }
}

/** What cannot be taken away now is noticed as stale by the next command. */
function release(lock: string): void {
  try {
    if (read(lock) === String(process.pid)) rmSync(lock, { force: true });
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code) throw error;
  }
}

/** What killed commands left half-made: nothing of it is the only one of its kind. */
function sweep(): void {
  for (const folder of [KEPT, path.join(KEPT, 'copies')]) {
    const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    for (const name of names.filter((one) => /^\.(staged|new)-\d+-|^busy\.\d+$|\.\d+\.new$/.test(one)))
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/** What the system says when it cannot write, in words that help. */
function explained(error: unknown): unknown {
  const { code, path: where } = error as NodeJS.ErrnoException;
  const why: Record<string, string> = {
    EACCES: 'that is not allowed to you. Look at the permissions there',
    EPERM: 'that is not allowed to you, or another program holds the file. Look at the permissions there',
    EBUSY: 'another program holds the file. Close it there',
  };
  const known = diskTrouble(error) ?? own(why, code ?? '');
  if (known === undefined) return error;
  return new UserError(
    `${where ?? 'A file'} cannot be written: ${known}, then run the command again. Nothing that you wrote is lost: the state from before stands in ${path.join(KEPT, 'copies')}, and "npm run workshop undo" brings it back.`,
    EXIT.workshopFailed,
    { cause: error },
  );
}

function take(lock: string, tries = 3): void {
  const mine = `${lock}.${process.pid}`;
  // Written whole under another name first: a lock without a process number in it is never seen.
  fs.writeFileSync(mine, String(process.pid));
  try {
    fs.linkSync(mine, lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (tries === 0 || !isStale(lock))
      throw new UserError(
        `Another command is changing my-app at the moment (process ${read(lock) ?? 'unknown'}). Wait for it, then try again.`,
      );
    setAside(lock);
    take(lock, tries - 1);
  } finally {
    rmSync(mine, { force: true });
  }
}

function read(lock: string): string | undefined {
  try {
    return fs.readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
}

function isStale(lock: string): boolean {
  const pid = Number(read(lock));
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: there is one, of somebody else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Of two commands that find the same stale lock only one gets it away; what the other takes by mistake it puts back. */
function setAside(lock: string): void {
  const aside = `${lock}.${process.pid}.old`;
  try {
    renameSync(lock, aside);
    if (!isStale(aside)) fs.linkSync(aside, lock);
    rmSync(aside, { force: true });
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
