import fs from 'node:fs';
import path from 'node:path';
import { renameSync, rmSync } from '../../lib/held';
import { ROOT } from '../../lib/places';
import { UserError } from '../../lib/user-error';
import { containerFiles } from './container-files';
import { appFiles } from './files';
import { packagesOf, typesOf } from './imports';
import { type Lock, lockFor, type Wanted } from './lock';
import { appSpec, ENV_API_JS, ENV_JS, envExample, gitignore, readme, TEST_TOOLS, usesStores } from './papers';

/** Run TypeScript, whatever the app imports. */
const TOOLS = ['ts-node', '@swc/core', 'typescript'];

/** Writes an app as its own project, completely or not at all. @param target a folder that does not exist, or is empty.
 * @throws UserError when the app cannot be exported, with the reason. */
export function exportProject(app: string, target: string) {
  const files = appFiles(app);
  if (!files.has('server.ts'))
    throw new UserError(
      `${app} has no server.ts, which is what starts. Begin an app with: npm run workshop start`,
    );
  const name = packageName(target);
  const lock = json<Lock>(path.join(ROOT, 'package-lock.json'));
  const tested = hasExport(files, 'app.ts', 'createApp') && hasExport(files, 'config.ts', 'readConfig');
  const wanted = wantedBy(files, lock, app, tested ? TEST_TOOLS : []);
  const { engines } = json<{ engines: object }>(path.join(ROOT, 'package.json'));
  const own = ownManifest(files.get('package.json')?.toString('utf8') ?? '{}');
  const manifest = {
    name,
    version: '0.1.0',
    private: true,
    ...own,
    scripts: {
      start: 'node -r ./env.js -r ts-node/register server.ts',
      ...(files.has('api/server.ts') && {
        api: 'node -r ./env-api.js -r ts-node/register api/server.ts',
      }),
      typecheck: 'tsc --noEmit',
      ...(tested && { test: 'mocha -r ts-node/register --timeout 20000 test/**/*.spec.ts' }),
      ...own.scripts,
    },
    engines,
    // Its install script chooses the binary, which npm has done already.
    allowScripts: { '@swc/core': false },
    ...wanted,
  };
  const sources = [...files].filter(([file]) => file.endsWith('.ts')).join('\n');
  // Packages that the workshop has not installed are not in its lock file; npm install chooses them.
  const locked = Object.keys(wanted.dependencies).every((one) => lock.packages[`node_modules/${one}`]);
  // The compiler options that the lessons' apps are checked with.
  const ours = json<{ compilerOptions: object }>(path.join(ROOT, 'tsconfig.json'));
  const types = tested ? ['node', 'mocha'] : ['node'];
  const tsconfig = {
    ...ours,
    compilerOptions: { ...ours.compilerOptions, types, verbatimModuleSyntax: undefined },
    include: ['**/*.ts'],
    exclude: ['node_modules'],
  };
  const written: [string, string][] = [
    ['.env.example', envExample(sources)],
    ['.gitignore', gitignore(sources)],
    ['env.js', ENV_JS],
    ...(files.has('api/server.ts') ? [['env-api.js', ENV_API_JS] as [string, string]] : []),
    ...(tested ? [['test/app.spec.ts', appSpec(sources)] as [string, string]] : []),
    ['tsconfig.json', `${JSON.stringify(tsconfig, null, 2)}\n`],
    ...(usesStores(sources) ? containerFiles(name, { ownApi: files.has('api/server.ts'), locked }) : []),
  ];
  const names = new Set([...files.keys(), ...written.map(([file]) => file)]);
  written.push(['README.md', readme(name, sources, names)]);
  /** The learner's files in place of generated ones. */
  const kept = written.map(([file]) => file).filter((file) => files.has(file));
  for (const [file, text] of written) if (!files.has(file)) files.set(file, Buffer.from(text));
  files.set('package.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  if (locked)
    files.set(
      'package-lock.json',
      Buffer.from(`${JSON.stringify(lockFor(lock, manifest.name, { ...wanted, engines }), null, 2)}\n`),
    );
  else files.delete('package-lock.json');
  writeAll(files, target);
  return { target, files: [...files.keys()].sort(), ...wanted, kept };
}

/** The packages that the app names, in the versions that run here. */
function wantedBy(
  files: ReadonlyMap<string, Buffer>,
  lock: Lock,
  app: string,
  testTools: readonly string[],
): Wanted {
  const named = packagesOf(files);
  const missing: string[] = [];
  const version = (name: string) => lock.packages[`node_modules/${name}`]?.version;
  const dependencies = [...named, ...TOOLS].flatMap((name): [string, string][] => {
    const found = version(name) ?? installed(app, name);
    if (found !== undefined) return [[name, `^${found}`]];
    // A module with types only, for `declare module`, has no code.
    if (version(typesOf(name)) === undefined) missing.push(name);
    return [];
  });
  if (missing.length > 0)
    throw new UserError(
      `Nothing was exported: the app imports ${missing.join(' and ')}, which is not installed. Install it (npm install ${missing.join(' ')}), or take the import away.`,
    );
  const types = ['@types/node', ...[...named].map(typesOf), ...testTools].flatMap(
    (name): [string, string][] => {
      const found = version(name);
      return found === undefined ? [] : [[name, `^${found}`]];
    },
  );
  const sorted = (all: [string, string][]) => Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  return { dependencies: sorted(dependencies), devDependencies: sorted(types) };
}

function hasExport(files: ReadonlyMap<string, Buffer>, file: string, name: string): boolean {
  return new RegExp(`^export (async )?(function|const) ${name}\\b`, 'm').test(
    files.get(file)?.toString('utf8') ?? '',
  );
}

/** The version of a package that the learner installed in the app. */
function installed(app: string, name: string): string | undefined {
  const file = path.join(app, 'node_modules', name, 'package.json');
  return fs.existsSync(file) ? json<{ version?: string }>(file).version : undefined;
}

function writeAll(files: ReadonlyMap<string, Buffer>, target: string): void {
  const beside = `${target}.${process.pid}.new`;
  try {
    for (const [file, bytes] of files) {
      const to = path.join(beside, file);
      fs.mkdirSync(path.dirname(to), { recursive: true });
      fs.writeFileSync(to, bytes);
    }
    if (fs.existsSync(target)) fs.rmdirSync(target);
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw new UserError(`${target} cannot be written: ${(error as Error).message}`);
  }
}

function ownManifest(text: string): { name?: string; scripts?: object } {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`Nothing was exported: your package.json is no JSON: ${(error as Error).message}`);
  }
}

const packageName = (target: string) =>
  path
    .basename(target)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'my-app';

const json = <T>(file: string): T => JSON.parse(fs.readFileSync(file, 'utf8')) as T;
