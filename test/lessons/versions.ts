import fs from 'node:fs';
import path from 'node:path';
import { listSteps, ROOT } from '../../shared/steps/layers';

/** Writes the versions that are installed into docs/contributing.md and each step.yaml. */
export const COMMAND = 'node -r ./shared/party/register.js test/lessons/versions.ts';
export const PAGE = path.join(ROOT, 'docs', 'contributing.md');
const TABLE = /^\| package +\| last proved with +\|\n\| -+ +\| -+ +\|\n(?:\|.*\n)*/m;

/** The version of a package in the lock file. */
export function locked(name: string): string {
  const found = lockFile()[`node_modules/${name}`];
  if (!found) throw new Error(`package-lock.json has no ${name}`);
  return found.version;
}

/** Packages that others have for one system or processor each, and that the lock file lacks: nobody could install the workshop there. */
export function missingForOthers(): string[] {
  const all = lockFile();
  const names = Object.values(all).flatMap((one) => Object.keys(one.optionalDependencies ?? {}));
  const has = (name: string) => Object.keys(all).some((at) => at.endsWith(`node_modules/${name}`));
  return names.filter((name) => !has(name));
}

function lockFile(): Record<string, { version: string; optionalDependencies?: Record<string, string> }> {
  return JSON.parse(fs.readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages;
}

/** The packages that run in the workshop, with their locked versions. */
export function versionTable(): string {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const rows = Object.keys(dependencies).map((name) => `| \`${name}\` | ${locked(name)} |\n`);
  return `| package | last proved with |\n| ------- | ---------------- |\n${rows.join('')}`;
}

export const tableIn = (text: string) => TABLE.exec(text)?.[0];

if (require.main === module) {
  const text = fs.readFileSync(PAGE, 'utf8');
  fs.writeFileSync(
    PAGE,
    text.replace(TABLE, () => versionTable()),
  );
  for (const { folder, versions } of listSteps()) {
    const file = path.join(folder, 'step.yaml');
    let yaml = fs.readFileSync(file, 'utf8');
    for (const [name, old] of Object.entries(versions))
      yaml = yaml.replace(`\n  ${name}: ${old}\n`, `\n  ${name}: ${locked(name)}\n`);
    fs.writeFileSync(file, yaml);
  }
}
