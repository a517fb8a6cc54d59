import { escapeHtml } from '../../shared/guide/lesson/diagram';

interface Party {
  name: string;
  lines: string[];
}

interface Connection {
  /** Places among the parties. */
  from: number;
  to: number;
  text: string;
  dashed: boolean;
}

/** Lengths in user units, which are pixels where the picture has its own width. */
const BOX = { width: 152, gap: 48, head: 22, line: 14, pad: 9 };
const TOP = 2;
const ROW = 32;
const PORT = 16;

/**
 * The SVG of a picture of what runs, in mermaid's words: the four parties side by side, and below them who sends what to
 * whom. Its colours, lines and fonts are in prose.css, by class.
 *
 * It knows `Name["Name<br/>a line"]`, `A -->|"text"| B`, and `A -.->|"text"| B` for what does not happen yet.
 *
 * @throws for any other line.
 */
export function overviewSvg(mermaid: string): string {
  const { parties, connections } = parsed(mermaid);
  const left = (i: number) => i * (BOX.width + BOX.gap);
  const most = Math.max(...parties.map(({ lines }) => lines.length));
  const height = BOX.head + most * BOX.line + 2 * BOX.pad;
  const width = left(parties.length - 1) + BOX.width;
  /** The upper ones end nearer to the edge of a box, so that those between two neighbours do not cross. */
  const port = (at: number, row: number) => {
    const own = connections[row] as Connection;
    const toRight = (one: Connection) => (one.from === at ? one.to : one.from) > at;
    const before = connections
      .slice(0, row)
      .filter((one) => (one.from === at || one.to === at) && toRight(one) === toRight(own)).length;
    const inset = PORT * (before + 1);
    return toRight(own) ? left(at) + BOX.width - inset : left(at) + inset;
  };
  const bottom = TOP + height;
  const paths = connections.map(({ from, to, dashed }, row) => {
    const [start, end, y] = [port(from, row), port(to, row), bottom + ROW * (row + 1)];
    return `<g class="message${dashed ? ' answer' : ''}"><polyline points="${start},${bottom} ${start},${y} ${end},${y} ${end},${bottom}" marker-end="url(#run-arrow)" /></g>`;
  });
  // After all lines, so that none crosses a label.
  const labels = connections.map(({ from, to, text }, row) => {
    const y = bottom + ROW * (row + 1) - 5;
    return `<g class="message"><text x="${(port(from, row) + port(to, row)) / 2}" y="${y}">${escapeHtml(text)}</text></g>`;
  });
  const all = bottom + ROW * connections.length + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 0 ${width + 4} ${all}" width="${width + 4}" height="${all}">`,
    '<defs><marker id="run-arrow" markerWidth="8" markerHeight="6" refX="8" refY="3" orient="auto"><polygon points="0 0, 8 3, 0 6" /></marker></defs>',
    ...parties.map((one, i) => box(one, left(i), height)),
    ...paths,
    ...labels,
    '</svg>',
    '',
  ].join('\n');
}

function box({ name, lines }: Party, x: number, height: number): string {
  const middle = x + BOX.width / 2;
  const text = lines.map(
    (line, i) =>
      `  <text class="about" x="${middle}" y="${TOP + BOX.pad + BOX.head + (i + 1) * BOX.line - 3}">${escapeHtml(line)}</text>`,
  );
  return [
    `<g class="actor" data-id="${escapeHtml(name)}">`,
    `  <rect x="${x}" y="${TOP}" width="${BOX.width}" height="${height}" rx="4" />`,
    `  <text x="${middle}" y="${TOP + BOX.pad + 14}">${escapeHtml(name)}</text>`,
    ...text,
    '</g>',
  ].join('\n');
}

function parsed(mermaid: string): { parties: Party[]; connections: Connection[] } {
  const [first = '', ...lines] = mermaid.split('\n').flatMap((line) => line.trim() || []);
  if (first !== 'flowchart LR') throw new Error(`not a picture of what runs: ${first}`);
  const parties: Party[] = [];
  const connections: Connection[] = [];
  const place = (name = '') => {
    const at = parties.findIndex((one) => one.name === name);
    if (at < 0) throw new Error(`a picture has no party ${name}`);
    return at;
  };
  for (const line of lines) {
    const [, id, label = ''] = /^(\w+)\["(.+)"\]$/.exec(line) ?? [];
    const [, from, arrow, text = '', to] = /^(\w+) (-->|-\.->)\|"(.+)"\| (\w+)$/.exec(line) ?? [];
    if (id !== undefined) {
      const [name = '', ...about] = label.split('<br/>');
      if (name !== id) throw new Error(`a picture calls ${id} by another name: ${name}`);
      parties.push({ name, lines: about });
    } else if (arrow !== undefined)
      connections.push({ from: place(from), to: place(to), text, dashed: arrow === '-.->' });
    else throw new Error(`a picture of what runs cannot show: ${line}`);
  }
  return { parties, connections };
}
