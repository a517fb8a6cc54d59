/** The place of a value in a file. */
export type Path = readonly PropertyKey[];

/** A place as learners read it: clients[0].callbacks[1]. */
export function pathText(path: Path): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`))
    .join('');
}
