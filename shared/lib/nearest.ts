/** The word that was probably meant: at most two letters differ, and at most half of them.
 * @returns undefined when no known word is that close. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  return known
    .map((one) => ({ one, far: distance(one.toLowerCase(), word.toLowerCase()) }))
    .filter(({ one, far }) => far <= 2 && far * 2 <= one.length)
    .sort((a, b) => a.far - b.far)[0]?.one;
}

/** Levenshtein's distance: how many letters must be added, removed or changed. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
