/**
 * What systems answer where a disk makes no links, or lets this user make none: exFAT and FAT (Linux EPERM, macOS ENOTSUP, Windows EISDIR),
 * shares of a network (ENOSYS, EOPNOTSUPP), Windows without the privilege for symbolic links (EPERM).
 */
const CODES = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EINVAL', 'EMLINK', 'UNKNOWN']);

/** Whether making a link failed since there can be none at this place. */
export function makesNoLinks(error: unknown): boolean {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  return CODES.has(code) && (syscall === undefined || syscall === 'link' || syscall === 'symlink');
}
