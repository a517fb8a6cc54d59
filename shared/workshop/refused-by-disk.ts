import fs from 'node:fs';
import path from 'node:path';
import { diskTrouble } from '../lib/disk-trouble';
import { own } from '../lib/own';
import { EXIT, UserError } from '../lib/user-error';
import type { Copy } from './copies';

/** A change of my-app/ failed in the middle: some files are changed, and others are not. */
export class HalfChanged extends Error {
  override name = 'HalfChanged';

  constructor(
    readonly copy: Copy,
    options: { cause: unknown },
  ) {
    super('my-app was changed in part', options);
  }
}

const WHY: Record<string, string> = {
  EACCES: 'you have no permission for that. Look at the permissions there',
  EPERM: 'you have no permission for that, or another program uses the file. Look at the permissions there',
  EBUSY: 'another program uses the file. Close it there',
  EMFILE: 'too many files are open. Close some programs',
  ENAMETOOLONG: 'the path is too long for this disk. Move the workshop to a folder with a shorter path',
  EIO: 'the disk failed. Make sure that it is still connected',
};

/** Why the system cannot write, and the state of my-app/, for the learner. @returns the error itself if it is another
 * one. */
export function refusedByDisk(error: unknown): unknown {
  const half = error instanceof HalfChanged ? error.copy : undefined;
  const cause = error instanceof HalfChanged ? error.cause : error;
  const { code = '', path: where, dest } = cause as NodeJS.ErrnoException & { dest?: string };
  const why = diskTrouble(cause) ?? own(WHY, code);
  if (why === undefined && !half) return cause;
  const what =
    why === undefined
      ? `${cause instanceof UserError ? '' : 'The workshop itself failed: '}${(cause as Error).message.replace(/\.$/, '')}`
      : `${dest ?? where ?? 'A file'} cannot be written: ${why}, then run the command again`;
  return new UserError(`${what}. ${half ? stateOf(half) : 'Nothing in my-app was changed.'}`, exitOf(cause), {
    cause,
  });
}

const exitOf = (cause: unknown) => (cause instanceof UserError ? cause.exitCode : EXIT.workshopFailed);

function stateOf({ id, folder }: Copy): string {
  return fs.existsSync(path.join(folder, '..', 'about.yaml'))
    ? `my-app may be changed in part. The state from before is copy ${id}: npm run workshop undo ${id}`
    : `my-app may be changed in part, and the copy from before is no longer at ${folder}.`;
}
