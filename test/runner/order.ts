/**
 * The test files that take longest, the longest first, as `npm test -- --times` shows: whoever begins with them is not left waiting for one of
 * them at the end. All others follow in the order of their names.
 */
export const LONGEST: readonly string[] = [
  'test/checks/misbehaving.spec.ts',
  'test/proof/mistakes-02.spec.ts',
  'test/proof/mistakes-03.spec.ts',
  'test/branches/in-place.spec.ts',
];

/** @param files paths with forward slashes. */
export function longestFirst(files: readonly string[]): string[] {
  const first = LONGEST.filter((file) => files.includes(file));
  return [...first, ...files.filter((file) => !LONGEST.includes(file)).sort()];
}
