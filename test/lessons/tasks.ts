import { type Block, fencedBlocks } from './lesson';

/** A section *Break it* of a task. */
export interface BreakIt {
  heading: string;
  text: string;
  /** Of mistakes.yaml. */
  mistake: string | undefined;
  /** The block that shows the change, which has lines of the answer. */
  change: string;
  /** Whether a reader sees the change without unfolding it. */
  isOpen: boolean;
  predicts: boolean;
  /** What the fold *What happens* says. */
  outcome: string | undefined;
}

/** The parts of the text of one task in a lesson. */
export interface TaskText {
  id: string;
  /** What a reader sees before unfolding anything. */
  open: Block[];
  /** What the folds hide. */
  folded: Block[];
  breaks: BreakIt[];
}

const FOLD = /^<details>\s*<summary>(.*?)<\/summary>\n\n([\s\S]*?)\n<\/details>$/gm;
export const TRY_FIRST = 'The lines of this task: try first';
export const WHAT_HAPPENS = 'What happens';
export const THE_CHANGE = 'The change: open it after you finish the task';
const PREDICT = /^> \*\*Predict:\*\* Which check turns red, and why\?/m;

/** The tasks of a lesson. @throws Error for a fold that is not written as GitHub needs it, which nothing would look at. */
export function taskTexts(lesson: string, file: string): TaskText[] {
  const tasks = /^## Tasks\n([\s\S]*?)(?=^## )/m.exec(lesson)?.[1] ?? '';
  return tasks
    .split(/^(?=### )/m)
    .slice(1)
    .map((section) => {
      const [text = '', ...breaks] = section.split(/^(?=#### )/m);
      const folds = [...text.matchAll(FOLD)];
      const written = [...section.matchAll(/<details>/g)].length;
      const read = [...section.matchAll(FOLD)].length;
      if (written !== read) throw new Error(`${file}: a fold has no blank line around its text, or no end`);
      for (const [, summary] of folds)
        if (summary !== TRY_FIRST && summary !== WHAT_HAPPENS)
          throw new Error(`${file}: a task folds "${summary}"`);
      const answers = folds.filter(([, summary]) => summary === TRY_FIRST);
      const inFolds = answers.map(([, , inner = '']) => inner).join('\n');
      return {
        id: /^### (\S+)/.exec(section)?.[1] ?? '',
        open: fencedBlocks(text.replace(FOLD, ''), file),
        folded: fencedBlocks(inFolds, file),
        breaks: breaks.map((one) => breakIt(one, file)),
      };
    });
}

function breakIt(text: string, file: string): BreakIt {
  const folds = new Map([...text.matchAll(FOLD)].map(([, summary = '', inner = '']) => [summary, inner]));
  const open = fencedBlocks(text.replace(FOLD, ''), file);
  const [change] = fencedBlocks(folds.get(THE_CHANGE) ?? '', file);
  return {
    heading: /^#### (.*)$/m.exec(text)?.[1] ?? '',
    text,
    mistake: /^mistake=(\S+)$/.exec(change?.info ?? '')?.[1],
    change: change?.text ?? '',
    isOpen: open.length > 0,
    predicts: PREDICT.test(text),
    outcome: folds.get(WHAT_HAPPENS),
  };
}

/** Whether a skeleton's lines stand in the source in this order. `…` stands for any text, and a line of it, or a comment,
 * for any lines. */
export function isSkeletonOf(source: string, skeleton: string): boolean {
  const lines = source.split('\n').map((line) => line.trim());
  let at = 0;
  for (const wanted of skeleton.split('\n').map((line) => line.trim())) {
    if (wanted === '' || wanted === '…' || wanted.startsWith('//')) continue;
    const next = lines.findIndex((line, i) => i >= at && pattern(wanted, '.*').test(line));
    if (next < 0) return false;
    at = next + 1;
  }
  return true;
}

/** Whether the source declares each of these functions. `…` stands for parameters or a type that are left out. */
export function declares(source: string, signatures: string): boolean {
  const one = (text: string) => text.replace(/\s+/g, ' ').replace(/\( /g, '(').replace(/,? \)/g, ')');
  const whole = one(source);
  return signatures
    .trim()
    .split('\n')
    .every((line) => pattern(one(line), '[^;{]*', false).test(whole));
}

function pattern(text: string, any: string, whole = true): RegExp {
  const parts = text.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(whole ? `^${parts.join(any)}$` : `(?<![\\w.])${parts.join(any)}`);
}
