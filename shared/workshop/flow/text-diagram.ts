/** An arrow of a sequence diagram, between the lanes of these numbers. */
export interface TextArrow {
  from: number;
  to: number;
  label: string;
  /** Drawn with dashes, as for answers. */
  dashed: boolean;
}

/** Columns around a label, both sides together, and between two names. */
const MARGIN = 2;

/** The lines of a sequence diagram for a terminal, two for each arrow. @param names of the lanes, from left to right. */
export function drawText(names: readonly string[], arrows: readonly TextArrow[]): string[] {
  const at = places(names, arrows);
  const empty = () =>
    Array.from({ length: (at.at(-1) ?? 0) + boxOf(names.at(-1) ?? '').right + 1 }, () => ' ');
  const lanes = () => {
    const line = empty();
    for (const x of at) line[x] = '│';
    return line;
  };
  const boxes = (top: boolean): string[] =>
    [
      (name: string) => `┌${'─'.repeat(name.length + 2)}┐`,
      (name: string) => `│ ${name} │`,
      (name: string) => `└${'─'.repeat(name.length + 2)}┘`,
    ].map((row, i) => {
      const line = empty();
      names.forEach((name, lane) => {
        put(line, (at[lane] ?? 0) - boxOf(name).left, row(name));
        // The lane begins below the upper box and ends above the lower one.
        if (i === (top ? 2 : 0)) line[at[lane] ?? 0] = top ? '┬' : '┴';
      });
      return line.join('').trimEnd();
    });
  const body = arrows.flatMap(({ from, to, label, dashed }) => {
    const [start, end] = [at[from] ?? 0, at[to] ?? 0];
    const [left, right] = [Math.min(start, end), Math.max(start, end)];
    const words = lanes();
    put(words, left + 1 + Math.floor((right - left - 1 - label.length) / 2), label);
    const line = lanes();
    put(line, left + 1, (dashed ? '╌' : '─').repeat(right - left - 1));
    line[end > start ? right - 1 : left + 1] = end > start ? '▶' : '◀';
    return [words, line].map((one) => one.join('').trimEnd());
  });
  return [...boxes(true), ...body, ...boxes(false)];
}

function put(line: string[], at: number, text: string): void {
  for (const [i, one] of [...text].entries()) line[at + i] = one;
}

/** Columns of a name's box left and right of its lane. */
function boxOf(name: string): { left: number; right: number } {
  const left = Math.floor((name.length + 4) / 2);
  return { left, right: name.length + 3 - left };
}

/** The column of each lane, as near as names and labels allow. A label across several lanes widens their gaps evenly. */
function places(names: readonly string[], arrows: readonly TextArrow[]): number[] {
  const gaps = names.slice(1).map((name, i) => boxOf(names[i] ?? '').right + MARGIN + boxOf(name).left);
  const bySpan = [...arrows].sort((a, b) => Math.abs(a.to - a.from) - Math.abs(b.to - b.from));
  for (const { from, to, label } of bySpan) {
    const crossed = [...gaps.keys()].filter((i) => i >= Math.min(from, to) && i < Math.max(from, to));
    const lacks = label.length + MARGIN + 1 - crossed.reduce((sum, i) => sum + (gaps[i] ?? 0), 0);
    for (const [k, i] of crossed.entries())
      if (lacks > 0) gaps[i] = (gaps[i] ?? 0) + Math.floor((lacks + k) / crossed.length);
  }
  let at = boxOf(names[0] ?? '').left;
  return [
    at,
    ...gaps.map((gap) => {
      at += gap;
      return at;
    }),
  ];
}
