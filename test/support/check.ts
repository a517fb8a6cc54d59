import fs from 'node:fs';
import path from 'node:path';
import type { RunResult } from '../../shared/checks/run';
import { materialise, WORK } from '../../shared/steps/layers';
import { command } from './command';

/** Runs the command as a learner does, for an app in a folder. */
export async function check(
  step: number,
  folder: string,
  ...flags: string[]
): Promise<{ code: number | null; result: RunResult }> {
  const args = ['check', String(step), '--json', '--app', folder, ...flags];
  const { code, stdout, stderr } = await command('shared/workshop/main.ts', args).ended;
  try {
    return { code, result: JSON.parse(stdout) };
  } catch {
    throw new Error(`check ${step} printed no result: ${stdout}${stderr}`);
  }
}

/** Apps in folders of their own, which `remove` takes away. */
export function appFolders(): { make(step: number, starter?: boolean): string; remove(): void } {
  const made: string[] = [];
  return {
    make: (step, starter = false) => {
      const target = path.join(WORK, `checked-${process.pid}-${made.length}`);
      made.push(target);
      materialise(step, target, { starter });
      return target;
    },
    remove: () => {
      for (const one of made) fs.rmSync(one, { recursive: true, force: true });
    },
  };
}
