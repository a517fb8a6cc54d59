import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { diffComm } from 'node-diff3';
import { listSteps, readApp, type Step } from '../steps/layers';

function findOverrides(only?: number) {
  const steps = listSteps();
  return steps
    .filter(({ number }) => only === undefined || number === only)
    .flatMap((step) =>
      [...readApp(step.number)].flatMap(([file, text]) => {
        const has = (one: Step) => fs.existsSync(path.join(one.folder, 'app', file));
        const over = steps.findLast((one) => one.number < step.number && has(one));
        if (!has(step) || !over) return [];
        const before = readApp(over.number).get(file) ?? '';
        // The checksum that step.yaml has if both files were compared.
        const sum = createHash('sha256').update(before).digest('hex').slice(0, 8);
        const repeated = share(before, text);
        return [{ file, step, over, repeated, looked: step.over[file] === sum, sum }];
      }),
    );
}

/** In files with more lines, repeating half of another one matters. */
const SHORT = 30;

/** The list for an author. A problem is a replaced file that changed since both were compared. */
export function overrides(only?: number): { report: string; problems: number } {
  const found = findOverrides(only);
  const lines = found.map(({ file, step, over, repeated, looked, sum }) => {
    const much =
      repeated > 0.5 && (readApp(step.number).get(file) ?? '').split('\n').length > SHORT
        ? ', more than half: split the file'
        : '';
    const word = looked
      ? ''
      : `\n    not ok: step ${over.id}'s ${file} has changed since. Look at both, then write into step.yaml of step ${step.id}, under over:  ${file}: "${sum}"`;
    return `  step ${step.id} overrides ${file} of step ${over.id} (${Math.round(repeated * 100)} % of it repeated${much})${word}\n`;
  });
  return { report: lines.join(''), problems: found.filter(({ looked }) => !looked).length };
}

function share(before: string, after: string): number {
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');
  const common = diffComm(lines(before), lines(after))
    .map((part) => (part as { common?: string[] }).common?.length ?? 0)
    .reduce((sum, one) => sum + one, 0);
  return common / lines(after).length;
}
