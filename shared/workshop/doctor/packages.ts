import path from 'node:path';
import * as preflight from '../../preflight';
import { type Finding, ok, warning, wrong } from './finding';

const FIX = 'npm ci';

/** Compares the installed packages with the lock file; npm notes what it installed in
 * node_modules/.package-lock.json. */
export function packages(root: string): Finding[] {
  const inTheWay = preflight.packages(root, { dev: false });
  if (inTheWay.length > 0) return inTheWay;
  const lock = preflight.readLock(path.join(root, 'package-lock.json'));
  if (!lock)
    return [
      wrong('no-lock', 'package-lock.json is missing or is not JSON', 'git checkout package-lock.json'),
    ];
  const installed = preflight.readLock(path.join(root, 'node_modules', '.package-lock.json'));
  if (!installed) {
    const fix = `${FIX} (the lock file is npm’s: yarn and pnpm choose other versions)`;
    return [wrong('not-installed', 'node_modules was not installed by npm', fix)];
  }
  const found = preflight.packages(root, { dev: true }).map(forTestsOnly);
  const expected = Object.entries(lock.packages).filter(([name, one]) => name !== '' && !one.optional);
  const other = expected.filter(
    ([name, { version }]) => installed.packages[name] && installed.packages[name].version !== version,
  );
  const names = some(other.map(([name]) => name));
  const seen = `${other.length} packages have other versions than the lock file: ${names}`;
  if (other.length > 0) found.push(wrong('packages-differ', seen, FIX));
  return found.length > 0 ? found : [ok('packages', `${expected.length} packages, as the lock file says`)];
}

/** The workshop runs without them. */
const forTestsOnly = ({ id, seen, mend = FIX }: Finding): Finding => warning(id, seen, mend);

const some = (all: string[]) => {
  const names = all.slice(0, 3).map((name) => name.replace(/^.*node_modules\//, ''));
  return `${names.join(', ')}${all.length > 3 ? ', …' : ''}`;
};
