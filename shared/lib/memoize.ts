/** A function of few different arguments, asked at every request: each answer is made once and kept for good. */
export function memoize<T extends {}>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
