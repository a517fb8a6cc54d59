import { own } from './own';

const WHY: Record<string, string> = {
  ENOSPC: 'the disk is full. Make room',
  EDQUOT: 'your quota on this disk is used up. Make room',
  EROFS: 'this disk can only be read. Move the workshop to another place',
};

/** Why the file system refuses every write, and what to do; for the end of "cannot be written:".
 * @returns undefined for any other error. */
export function diskTrouble(error: unknown): string | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' ? own(WHY, code) : undefined;
}
