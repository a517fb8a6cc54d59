import fs from 'node:fs';
import path from 'node:path';

/** A fenced block of a lesson: ```ts file=login.ts has the language ts and the info file=login.ts. */
export interface Block {
  language: string;
  info: string;
  text: string;
  /** Of its first line, counted from 1. */
  line: number;
}

/** The parts of a step's lesson. */
export interface Lesson {
  file: string;
  text: string;
  blocks: Block[];
}

export function readLesson(folder: string): Lesson {
  const file = path.join(folder, 'README.md');
  const text = fs.readFileSync(file, 'utf8');
  return { file, text, blocks: fencedBlocks(text, file) };
}

/** @throws Error for a fence that is never closed: everything after it would go unchecked. */
export function fencedBlocks(text: string, file: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const [i, line] of text.split('\n').entries()) {
    const fence = /^```(\S*) ?(.*)$/.exec(line);
    if (!open && fence) open = { language: fence[1] ?? '', info: fence[2] ?? '', text: '', line: i + 2 };
    else if (open && fence) {
      blocks.push(open);
      open = undefined;
    } else if (open) open.text += `${line}\n`;
  }
  if (open) throw new Error(`${file}:${open.line - 1}: this fence is not closed`);
  return blocks;
}

/** The text moved to the left margin, so that an excerpt may stand there whatever its depth in the file. */
export function outdent(text: string): string {
  const lines = text.replace(/\s+$/, '').split('\n');
  const depths = lines.filter((line) => line.trim()).map((line) => line.length - line.trimStart().length);
  const depth = Math.min(...depths);
  return lines.map((line) => line.slice(depth)).join('\n');
}

/** Whether the excerpt is a run of whole lines of the source, at any one depth. */
export function occursIn(source: string, excerpt: string): boolean {
  const wanted = outdent(excerpt);
  const lines = source.split('\n');
  const count = wanted.split('\n').length;
  return lines.some((_, at) => outdent(lines.slice(at, at + count).join('\n')) === wanted);
}

/** A command block with what it must print, … standing for anything within a line. */
export interface Command {
  line: number;
  script: string;
  /** setup: only defines variables and functions; a later lesson goes on in the same shell. */
  setup: boolean;
  expected: string | undefined;
}

/** The blocks marked `sh setup` and `sh run`, each with the `text output` block that follows it. */
export function commands({ blocks }: Lesson): Command[] {
  return blocks.flatMap(({ language, info, text, line }, i) => {
    if (language !== 'sh' || !['setup', 'run'].includes(info)) return [];
    const next = blocks[i + 1];
    const expected = next?.language === 'text' && next.info === 'output' ? next.text : undefined;
    return [{ line, script: text, setup: info === 'setup', expected }];
  });
}

/** Whether the output is what the lesson shows; … stands for any text within one line. */
export function isAsShown(output: string, shown: string): boolean {
  const pattern = shown
    .trimEnd()
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(output.trimEnd());
}
