import fs from 'node:fs';
import path from 'node:path';
import type { RunResult } from '../../shared/checks/run';
import { materialise, workFolder } from '../../shared/steps/layers';
import { command, type Running } from './command';
import type { CpuLimit } from './cpu-limit';
import { inProcess } from './in-process';

interface Checked {
  code: number | null;
  result: RunResult;
}

const WORKSHOP = 'shared/workshop/main.ts';
/** The step's own checks: those of the steps before have specs of their own. */
const argsOf = (step: number, folder: string) => [
  'check',
  String(step),
  '--json',
  '--no-earlier',
  '--app',
  folder,
];

/** Runs the command for an app in a folder, in this process. */
export function check(step: number, folder: string, ...flags: string[]): Promise<Checked> {
  return checked(step, inProcess(WORKSHOP, [...argsOf(step, folder), ...flags]));
}

/** The same in a process of its own, as a learner does, with a share of a core for the command and the app when that is asked for. */
export function checkAtShell(
  step: number,
  folder: string,
  { limit, flags = [] }: { limit?: CpuLimit; flags?: readonly string[] } = {},
): Promise<Checked> {
  const checking = command(WORKSHOP, [...argsOf(step, folder), ...flags]);
  limit?.add(checking.child.pid);
  return checked(step, checking);
}

async function checked(step: number, checking: Running): Promise<Checked> {
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
