import path from 'node:path';

/** What npm stores about an installed package (lockfileVersion 3). */
export interface Locked {
  version?: string;
  dev?: boolean;
  devOptional?: boolean;
  peer?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export interface Lock {
  packages: Record<string, Locked>;
}

export interface Wanted {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** The part of a lock file that a smaller project needs, each package at the same place and version, so that `npm ci`
 * installs what runs here. */
export function lockFor(lock: Lock, name: string, wanted: Wanted & { engines?: object }): object {
  const always = closure(lock, Object.keys(wanted.dependencies));
  const all = closure(lock, [...Object.keys(wanted.dependencies), ...Object.keys(wanted.devDependencies)]);
  const packages = Object.fromEntries(
    [...all].sort().map((at) => {
      const { dev, devOptional, peer, ...entry } = lock.packages[at] ?? {};
      return [at, always.has(at) ? entry : { ...entry, dev: true }];
    }),
  );
  return {
    name,
    version: '0.1.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name, version: '0.1.0', ...wanted }, ...packages },
  };
}

/** The places of packages and their dependencies, as Node.js resolves them: the nearest node_modules wins. */
function closure(lock: Lock, names: string[]): Set<string> {
  const found = new Set<string>();
  const add = (name: string, from: string) => {
    const at = nearest(lock, name, from);
    if (at === undefined || found.has(at)) return;
    found.add(at);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } =
      lock.packages[at] ?? {};
    const peers = Object.keys(peerDependencies ?? {}).filter((one) => !peerDependenciesMeta?.[one]?.optional);
    for (const one of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) add(one, at);
  };
  for (const name of names) add(name, '');
  return found;
}

function nearest(lock: Lock, name: string, from: string): string | undefined {
  for (let folder = from; ; folder = path.posix.dirname(folder)) {
    const at = path.posix.join(folder === '.' ? '' : folder, 'node_modules', name);
    if (lock.packages[at]) return at;
    if (folder === '' || folder === '.') return undefined;
  }
}
