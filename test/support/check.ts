import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { RunResult } from '../../shared/checks/run';
import { materialise, ROOT, WORK } from '../../shared/steps/layers';

/** Runs the command as a learner does, for an app in a folder. */
export function check(
  step: number,
  folder: string,
  ...flags: string[]
): Promise<{ code: number | null; result: RunResult }> {
  const args = [
    '-r',
    'ts-node/register',
    'shared/workshop/main.ts',
    'check',
    String(step),
    '--json',
    '--app',
    folder,
    ...flags,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      try {
        resolve({ code, result: JSON.parse(out) });
      } catch {
        reject(new Error(`check ${step} printed no result: ${out}${err}`));
      }
    });
  });
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
