/** The seed that a setting names, to draw the same again; without it each run draws others. */
export const seedFrom = (setting: string): number =>
  Number(process.env[setting] ?? Math.floor(Math.random() * 2 ** 31));

export const SEED = seedFrom('PROOF_SEED');

/** Some of a list, in its order, by a seed. */
export function drawn<T>(all: readonly T[], count: number, seed = SEED): T[] {
  // mulberry32: small, and the same on every platform.
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  const chosen = new Set(
    all
      .map((one) => ({ one, order: random() }))
      .sort((a, b) => a.order - b.order)
      .slice(0, count)
      .map(({ one }) => one),
  );
  return all.filter((one) => chosen.has(one));
}
