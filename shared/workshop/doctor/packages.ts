import fs from 'node:fs';
import path from 'node:path';
import { type Finding, ok, warning, wrong } from './finding';

interface Locked {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  devOptional?: boolean;
  peer?: boolean;
}

type Lock = { packages: Record<string, Locked> };

const MEND = 'npm ci';

/** Whether what is installed is what the lock file says: npm notes in node_modules/.package-lock.json what it did. */
export function packages(root: string): Finding[] {
  const lock = read(path.join(root, 'package-lock.json'));
  if (!lock)
    return [wrong('no-lock', 'package-lock.json is missing or no JSON', 'git checkout package-lock.json')];
  const installed = read(path.join(root, 'node_modules', '.package-lock.json'));
  if (!installed)
    return [
      wrong(
        'not-installed',
        'node_modules was not installed by npm, or not wholly',
        `${MEND} (the lock file is npm’s: yarn and pnpm choose other versions)`,
      ),
    ];
  const expected = Object.entries(lock.packages).filter(([name, one]) => name !== '' && !one.optional);
  const gone = (name: string) => !fs.existsSync(path.join(root, name, 'package.json'));
  const missing = expected.filter(([name]) => !installed.packages[name] || gone(name));
  const other = expected.filter(
    ([name, { version }]) => installed.packages[name] && installed.packages[name].version !== version,
  );
  const found: Finding[] = [];
  const needed = missing.filter(([, one]) => !one.dev && !one.devOptional && !one.peer);
  if (needed.length > 0)
    found.push(wrong('packages-missing', `${needed.length} packages are missing: ${some(needed)}`, MEND));
  else if (missing.length > 0)
    found.push(
      warning(
        'dev-packages-missing',
        `${missing.length} packages of the workshop’s own tests are missing: ${some(missing)}`,
        `${MEND} (steps 01 to 04 go without them)`,
      ),
    );
  if (other.length > 0)
    found.push(
      wrong(
        'packages-differ',
        `${other.length} packages have other versions than the lock file: ${some(other)}`,
        MEND,
      ),
    );
  const native = nativeTrouble(root);
  if (found.length === 0 && native) found.push(native);
  return found.length > 0 ? found : [ok('packages', `${expected.length} packages, as the lock file says`)];
}

/** node_modules that was copied from another machine has parts for that one only. */
function nativeTrouble(root: string): Finding | undefined {
  try {
    require(require.resolve('@node-rs/bcrypt', { paths: [root] }));
    return undefined;
  } catch (error) {
    return wrong(
      'native-package',
      `@node-rs/bcrypt does not load here: ${(error as Error).message.split('\n')[0]}`,
      `${MEND} on this very machine: node_modules of another system cannot be copied here.`,
    );
  }
}

const some = (all: [string, Locked][]) => {
  const names = all.slice(0, 3).map(([name]) => name.replace(/^.*node_modules\//, ''));
  return `${names.join(', ')}${all.length > 3 ? ', …' : ''}`;
};

function read(file: string): Lock | undefined {
  try {
    const found = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Lock>;
    return found.packages ? (found as Lock) : undefined;
  } catch {
    return undefined;
  }
}
