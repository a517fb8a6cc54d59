/**
 * What a table has under a name that comes from outside. A plain index would also find what every object inherits:
 * `constructor`, `__proto__`, `toString`.
 */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
