import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { renameSync, rmSync } from '../lib/held';
import { UserError } from '../lib/user-error';
import { listSteps, readApp, type Step } from './layers';

const folderOf = (step: Step, name: string) => path.join(step.folder, 'accepts', name);

export function alternativesOf(step: Step): string[] {
  const folder = path.join(step.folder, 'accepts');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Writes an alternative solution: its layers of steps 1…N, and the step's tenant.yaml with its Actions if it has none. An
 * API or some files without an app of their own get the finished app, and an app without an API gets the finished API.
 * It replaces `target` completely or not at all. @throws UserError when the step has no solution of that name. */
export function materialiseAlternative(step: Step, name: string, target: string): void {
  if (!alternativesOf(step).includes(name))
    throw new UserError(
      `${step.name} has no accepts/${name}. It has: ${alternativesOf(step).join(', ') || 'none'}`,
    );
  const beside = `${target}.${process.pid}.${randomBytes(4).toString('hex')}`;
  fs.mkdirSync(beside, { recursive: true });
  for (const { number, folder } of listSteps()) {
    const layer = path.join(folder, 'accepts', name);
    if (number <= step.number && fs.existsSync(layer)) fs.cpSync(layer, beside, { recursive: true });
  }
  const has = (file: string) => fs.existsSync(path.join(beside, file));
  const isWanted = [
    ...(has('tenant.yaml') ? [] : [(file: string) => /^tenant\.yaml$|^actions\//.test(file)]),
    ...(has('server.ts') ? [] : [(file: string) => !file.startsWith('api/')]),
    ...(has('api/server.ts') ? [] : [(file: string) => file.startsWith('api/')]),
  ];
  for (const [file, text] of readApp(step.number)) {
    if (!isWanted.some((wants) => wants(file.split(path.sep).join('/'))) || has(file)) continue;
    fs.mkdirSync(path.dirname(path.join(beside, file)), { recursive: true });
    fs.writeFileSync(path.join(beside, file), text);
  }
  rmSync(target, { recursive: true, force: true });
  renameSync(beside, target);
}

/** What a solution shows, from the README.md of its last layer. */
export function styleOf(step: Step, name: string): string {
  return fs.readFileSync(path.join(folderOf(step, name), 'README.md'), 'utf8').trim();
}
