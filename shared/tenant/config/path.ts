export type Path = readonly PropertyKey[];

/** E.g. clients[0].callbacks[1]. */
export function pathText(path: Path): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`))
    .join('');
}
