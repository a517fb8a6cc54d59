const fs = require('fs');
const path = require('path');
const native = require('./native');
const versions = require('./versions');

const INSTALL = 'npm ci';
const WITH_DEV = 'npm ci --include=dev';
/** Files of other package managers, which place packages elsewhere than npm's lock file says. */
const FOREIGN = [
  'node_modules/.modules.yaml',
  'node_modules/.yarn-integrity',
  'node_modules/.yarn-state.yml',
  'bun.lock',
  'bun.lockb',
];

/** Problems with the installed packages that prevent every command; none when all is well.
 * @param {string} root the folder of package.json and node_modules. */
function packages(root, needs) {
  const manifest = readJson(path.join(root, 'package.json')) || {};
  if (!fs.existsSync(path.join(root, 'node_modules')))
    return [wrong('not-installed', 'The packages are not installed: there is no node_modules', INSTALL)];
  const lock = readLock(path.join(root, 'package-lock.json'));
  const foreign = FOREIGN.some((file) => fs.existsSync(path.join(root, file)));
  // npm removes this file first and writes it last.
  if (!foreign && !readLock(path.join(root, 'node_modules', '.package-lock.json')))
    return [wrong('not-installed', 'npm did not finish: node_modules is not complete', INSTALL)];
  const direct = declared(manifest.dependencies, false).concat(
    needs.dev ? declared(manifest.devDependencies, true) : [],
  );
  for (const one of direct) one.has = versionOf(root, one.name);
  const missing = direct.filter(({ has }) => has === undefined);
  for (const at of lock && !foreign ? Object.keys(lock.packages) : []) {
    const locked = lock.packages[at];
    if (at === '' || locked.optional || (isDev(locked) && !needs.dev)) continue;
    // A package below a missing one comes back with it.
    if (missing.some((one) => `${at}/`.startsWith(`${one.at}/`))) continue;
    if (fs.existsSync(path.join(root, at, 'package.json'))) continue;
    missing.push({ name: at.replace(/^.*node_modules\//, ''), at, dev: isDev(locked) });
  }
  const other = direct.filter(
    ({ range, has }) => has !== undefined && versions.satisfies(has, range) === false,
  );
  const found = [];
  if (missing.length > 0) found.push(missingPackages(missing));
  if (other.length > 0)
    found.push(
      wrong(
        'packages-differ',
        `node_modules belongs to another version of the workshop: ${some(other.map(({ name, range, has }) => `${name} is ${has} and must be ${range}`))}`,
        other.some(({ dev }) => !dev) ? INSTALL : WITH_DEV,
      ),
    );
  return found.length > 0 ? found : native.native(root, lock ? lock.packages : {}, needs);
}

function declared(dependencies, dev) {
  return Object.keys(dependencies || {}).map((name) => ({
    name,
    at: `node_modules/${name}`,
    range: dependencies[name],
    dev,
  }));
}

function missingPackages(missing) {
  const seen = `${missing.length} ${missing.length === 1 ? 'package is' : 'packages are'} missing in node_modules: ${some(missing.map(({ name }) => name))}`;
  if (missing.some(({ dev }) => !dev)) return wrong('packages-missing', seen, INSTALL);
  return wrong(
    'dev-packages-missing',
    `${seen}. Only the workshop’s own tests and tools need them, and npm leaves them out with --omit=dev and where NODE_ENV is production`,
    WITH_DEV,
  );
}

function isDev(locked) {
  return Boolean(locked.dev || locked.devOptional || locked.peer);
}

/** The version of an installed package; undefined when it is missing or its package.json is damaged. */
function versionOf(root, name) {
  const found = readJson(path.join(root, 'node_modules', name, 'package.json'));
  return found && typeof found.version === 'string' ? found.version : undefined;
}

/** A lock file of npm; undefined when there is none, or it is not complete. */
function readLock(file) {
  const found = readJson(file);
  return found && found.packages && typeof found.packages === 'object' ? found : undefined;
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (_) {
    return undefined;
  }
}

function some(all) {
  return `${all.slice(0, 3).join(', ')}${all.length > 3 ? ', …' : ''}`;
}

function wrong(id, seen, mend) {
  return { id, level: 'wrong', seen, mend };
}

module.exports = { packages, readLock };
