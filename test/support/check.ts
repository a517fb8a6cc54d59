import fs from 'node:fs';
import path from 'node:path';
import type { RunResult } from '../../shared/checks/run';
import { materialise, workFolder } from '../../shared/steps/layers';
import { command } from './command';
import type { CpuLimit } from './cpu-limit';

interface Checked {
  code: number | null;
  result: RunResult;
}

/** Runs the command as a learner does, for an app in a folder. */
export function check(step: number, folder: string, ...flags: string[]): Promise<Checked> {
  return checkWithin(undefined, step, folder, ...flags);
}

/** The same with a share of a core for the command and the app. */
export async function checkWithin(
  limit: CpuLimit | undefined,
  step: number,
  folder: string,
  ...flags: string[]
): Promise<Checked> {
  const args = ['check', String(step), '--json', '--app', folder, ...flags];
  const checking = command('shared/workshop/main.ts', args);
  limit?.add(checking.child.pid);
  const { code, stdout, stderr } = await checking.ended;
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
      const target = path.join(workFolder(), `checked-${process.pid}-${made.length}`);
      made.push(target);
      materialise(step, target, { starter });
      return target;
    },
    remove: () => {
      for (const one of made) fs.rmSync(one, { recursive: true, force: true });
    },
  };
}
