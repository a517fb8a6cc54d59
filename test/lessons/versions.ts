import fs from 'node:fs';
import path from 'node:path';
import { listSteps, ROOT } from '../../shared/steps/layers';

/** Writes the versions that are installed into docs/contributing.md, docs/real-tenant.md and each step.yaml. */
export const COMMAND = 'node -r ./shared/lib/register.js test/lessons/versions.ts';
export const PAGE = path.join(ROOT, 'docs', 'contributing.md');
const TABLE = /^\| package +\| last verified with +\|\n\| -+ +\| -+ +\|\n(?:\|.*\n)*/m;

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
  return `| package | last verified with |\n| ------- | ------------------ |\n${rows.join('')}`;
}

export const PEERS_PAGE = path.join(ROOT, 'docs', 'real-tenant.md');
/** A row of the table of clients: its package, the version, and the test that tries it. */
const PEER = /^\| `([^`]+)` \| ([\d.]+) \|(.*\(\.\.\/(test\/peers\/[\w-]+\.peer\.spec\.ts)\) \|)$/gm;

/** What the table of clients says. */
export const peersIn = (text: string) =>
  [...text.matchAll(PEER)].map(([, name = '', version = '', , spec = '']) => ({ name, version, spec }));

/** The page with the locked versions in its table of clients. */
export const withPeerVersions = (text: string) =>
  text.replace(
    PEER,
    (_row, name: string, _version, rest: string) => `| \`${name}\` | ${locked(name)} |${rest}`,
  );

export const tableIn = (text: string) => TABLE.exec(text)?.[0];

if (require.main === module) {
  const text = fs.readFileSync(PAGE, 'utf8');
  fs.writeFileSync(
    PAGE,
    text.replace(TABLE, () => versionTable()),
  );
  fs.writeFileSync(PEERS_PAGE, withPeerVersions(fs.readFileSync(PEERS_PAGE, 'utf8')));
  for (const { folder, versions } of listSteps()) {
    const file = path.join(folder, 'step.yaml');
    let yaml = fs.readFileSync(file, 'utf8');
    for (const [name, old] of Object.entries(versions))
      yaml = yaml.replace(`\n  ${name}: ${old}\n`, `\n  ${name}: ${locked(name)}\n`);
    fs.writeFileSync(file, yaml);
  }
}
