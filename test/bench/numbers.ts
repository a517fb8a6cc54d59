export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** The median of the ratios of values that were measured side by side. */
export function ratio(a: number[], b: number[]): number {
  return median(a.map((value, i) => value / (b[i] ?? Number.NaN)));
}
