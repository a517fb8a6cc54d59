/** Errors where a disk or user can make no links: exFAT and FAT (Linux EPERM, macOS ENOTSUP, Windows EISDIR), network
 * shares (ENOSYS, EOPNOTSUPP), Windows without the privilege for symbolic links (EPERM). */
const CODES = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EINVAL', 'EMLINK', 'UNKNOWN']);

/** Whether a link failed because this place has no links. */
export function makesNoLinks(error: unknown): boolean {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  return CODES.has(code) && (syscall === undefined || syscall === 'link' || syscall === 'symlink');
}
