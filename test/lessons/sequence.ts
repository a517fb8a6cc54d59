import { escapeHtml } from '../../shared/guide/lesson/diagram';

/** What a sequence diagram shows, from top to bottom. `from` and `to` are places among its participants. */
type Part =
  | { kind: 'message'; from: number; to: number; text: string; dashed: boolean }
  | { kind: 'note'; from: number; to: number; text: string }
  | { kind: 'begin'; type: string; text: string }
  | { kind: 'else'; text: string }
  | { kind: 'end' };

/** A frame around some of the parts: what happens under a condition. */
interface Frame {
  type: string;
  text: string;
  top: number;
  left: number;
  right: number;
  others: { y: number; text: string }[];
}

/** Lengths in user units, which are pixels where the picture has its own width. */
const GAP = 160;
const BOX = { width: 84, height: 40 };
const TOP = 10;
const LINE = 14;
/** The width of a character on average, a little too wide, since fonts differ. */
const LETTER = 6;
/** The same of a frame's title, which is bold. */
const BOLD = 6.5;
const MARGIN = 10;

/**
 * The SVG of a sequence diagram in mermaid's words. Its colours, lines and fonts are in prose.css, by class.
 *
 * It knows what the lessons' diagrams have: `participant`, messages (`->>` and `-->>`), `Note over`, `alt`, `else`, `opt`, `end`.
 *
 * @throws for any other line.
 */
export function sequenceSvg(mermaid: string): string {
  const { names, parts } = parsed(mermaid);
  const lanes = names.map((_, i) => BOX.width / 2 + i * GAP);
  const frames: string[] = [];
  const rows: string[] = [];
  const open: Frame[] = [];
  const all = { left: 0, right: (lanes.at(-1) ?? 0) + BOX.width / 2 };
  let y = TOP + BOX.height + 16;
  const covers = (left: number, right: number) => {
    for (const one of [all, ...open]) {
      one.left = Math.min(one.left, left);
      one.right = Math.max(one.right, right);
    }
  };
  for (const part of parts) {
    if (part.kind === 'message' || part.kind === 'note') {
      const [start = 0, end = 0] = [lanes[part.from], lanes[part.to]];
      const drawn =
        part.kind === 'message'
          ? message(part.text, start, end, y, part.dashed)
          : note(part.text, start, end, y);
      rows.push(drawn.svg);
      covers(drawn.left, drawn.right);
      y = drawn.bottom;
    } else if (part.kind === 'begin') {
      y += 4;
      open.push({ ...part, top: y, left: Infinity, right: -Infinity, others: [] });
      y += LINE + 14;
    } else if (part.kind === 'else') {
      open.at(-1)?.others.push({ y: y + 2, text: part.text });
      y += LINE + 14;
    } else {
      const done = open.pop();
      if (!done) throw new Error('a diagram has an end without a beginning');
      const drawn = frame(done, y + 2);
      frames.unshift(drawn.svg);
      covers(drawn.left, drawn.right);
      y += 16;
    }
  }
  if (open.length > 0) throw new Error(`a diagram does not end its ${open.at(-1)?.type}`);
  const bottom = y + 4;
  const [left, width] = [all.left - 1, all.right - all.left + 2];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${left} 0 ${width} ${bottom}" width="${width}" height="${bottom}">`,
    '<defs><marker id="seq-arrow" markerWidth="8" markerHeight="6" refX="8" refY="3" orient="auto"><polygon points="0 0, 8 3, 0 6" /></marker></defs>',
    ...names.map(
      (name, i) =>
        `<line class="lifeline" data-actor="${escapeHtml(name)}" x1="${lanes[i]}" y1="${TOP + BOX.height}" x2="${lanes[i]}" y2="${bottom}" />`,
    ),
    ...frames,
    ...rows,
    ...names.map((name, i) => actor(name, lanes[i] ?? 0)),
    '</svg>',
    '',
  ].join('\n');
}

function message(label: string, start: number, end: number, y: number, dashed: boolean) {
  const [left, right] = [Math.min(start, end), Math.max(start, end)];
  const lines = wrapped(label, Math.floor((right - left - MARGIN) / LETTER));
  const at = y + lines.length * LINE;
  const svg = `<g class="message${dashed ? ' answer' : ''}">
${textLines(lines, (left + right) / 2, y)}
  <line x1="${start}" y1="${at}" x2="${end}" y2="${at}" marker-end="url(#seq-arrow)" />
</g>`;
  return { svg, left: left - MARGIN, right: right + MARGIN, bottom: at + 12 };
}

function note(text: string, start: number, end: number, y: number) {
  const lines = text.split(/<br *\/?>/);
  const width = Math.max(...lines.map(({ length }) => length)) * LETTER + 2 * MARGIN;
  const height = lines.length * LINE + 8;
  const [middle, fold] = [(start + end) / 2, 6];
  const [left, right] = [middle - width / 2, middle + width / 2];
  const svg = `<g class="note">
  <path d="M${left} ${y}H${right - fold}l${fold} ${fold}V${y + height}H${left}Zm${width - fold} 0v${fold}h${fold}" />
${textLines(lines, middle, y + 4)}
</g>`;
  return { svg, left, right, bottom: y + height + 12 };
}

function frame({ type, text, top, left, right, others }: Frame, bottom: number) {
  const title = [type, ...(text ? [`[${text}]`] : [])].join(' ');
  const wide = Math.max(right, left + title.length * BOLD + 4 * MARGIN);
  const [from, to] = [left - MARGIN, wide + MARGIN];
  const svg = `<g class="block">
  <rect x="${from}" y="${top}" width="${to - from}" height="${bottom - top}" />
  <rect class="title" x="${from}" y="${top}" width="${title.length * BOLD + 2 * MARGIN}" height="${LINE + 6}" />
  <text class="title" x="${from + MARGIN}" y="${top + LINE}">${escapeHtml(title)}</text>
${others
  .map(
    (one) => `  <line x1="${from}" y1="${one.y}" x2="${to}" y2="${one.y}" />
  <text x="${from + MARGIN}" y="${one.y + LINE + 2}">${escapeHtml(one.text ? `[${one.text}]` : 'else')}</text>`,
  )
  .join('\n')}
</g>`;
  return { svg: svg.replace(/\n+/g, '\n'), left: from, right: to };
}

function actor(name: string, x: number): string {
  return `<g class="actor" data-id="${escapeHtml(name)}">
  <rect x="${x - BOX.width / 2}" y="${TOP}" width="${BOX.width}" height="${BOX.height}" rx="4" />
  <text x="${x}" y="${TOP + BOX.height / 2 + 4.5}">${escapeHtml(name)}</text>
</g>`;
}

const textLines = (lines: string[], x: number, y: number) =>
  lines
    .map((line, i) => `  <text x="${x}" y="${y + (i + 1) * LINE - 4}">${escapeHtml(line)}</text>`)
    .join('\n');

/** Lines of whole words, of at most so many characters where no word is longer. */
function wrapped(text: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function parsed(mermaid: string): { names: string[]; parts: Part[] } {
  const [first = '', ...lines] = mermaid.split('\n').flatMap((line) => line.trim() || []);
  if (first !== 'sequenceDiagram') throw new Error(`not a sequence diagram: ${first}`);
  const names = lines.flatMap((line) => /^participant (\w+)$/.exec(line)?.[1] ?? []);
  const place = (name = '') => {
    if (!names.includes(name)) throw new Error(`a diagram has no participant ${name}`);
    return names.indexOf(name);
  };
  const parts = lines.flatMap((line): Part | [] => {
    if (/^participant \w+$/.test(line)) return [];
    const arrow = /^(\w+)(-?)->>(\w+): (.+)$/.exec(line);
    if (arrow) {
      const [, from, dash, to, text = ''] = arrow;
      if (from === to) throw new Error(`a diagram has a message from a participant to itself: ${line}`);
      return { kind: 'message', from: place(from), to: place(to), text, dashed: dash === '-' };
    }
    const over = /^Note over (\w+)(?:, ?(\w+))?: (.+)$/.exec(line);
    if (over)
      return { kind: 'note', from: place(over[1]), to: place(over[2] ?? over[1]), text: over[3] ?? '' };
    const word = /^(alt|opt|else|end)(?: (.+))?$/.exec(line);
    if (!word) throw new Error(`the lessons' diagrams cannot show: ${line}`);
    const [, type = '', text = ''] = word;
    if (type === 'end') return { kind: 'end' };
    return type === 'else' ? { kind: 'else', text } : { kind: 'begin', type, text };
  });
  return { names, parts };
}
