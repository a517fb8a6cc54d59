const fs = require('fs');
const path = require('path');
const loaded = require('./loaded');

/** Findings about packages with a binary for one kind of machine. npm picks it by system, processor and C library; if
 * there is none, it reports nothing. @param {Record<string, object>} locked `packages` of the lock file. */
function native(root, locked, needs) {
  const all = Object.keys(locked)
    .filter((at) => !locked[at].optional && (needs.dev || !locked[at].dev))
    .map((at) => ({ name: at.replace(/^.*node_modules\//, ''), at, binaries: binariesOf(at, locked) }))
    .filter(({ binaries }) => binaries.length > 0);
  const found = [];
  for (const one of all) {
    const why = trouble(root, one);
    if (why !== undefined) found.push(Object.assign({ why }, one));
  }
  return found.map(({ why, name }) => ({
    id: 'native-package',
    level: 'wrong',
    seen: `${name} does not load here: ${why}`,
    mend: 'npm ci on this machine, with a network. A copy of node_modules or of npm’s cache works only on a machine of the same kind.',
  }));
}

function binariesOf(at, locked) {
  return Object.keys(locked[at].optionalDependencies || {})
    .map((name) => ({
      name,
      at: [`${at}/node_modules/${name}`, `node_modules/${name}`].find((one) => locked[one]),
    }))
    .filter((one) => one.at !== undefined && locked[one.at].os)
    .map((one) => Object.assign({}, locked[one.at], one));
}

/** Why a package's binary cannot be used; undefined when it can. */
function trouble(root, one) {
  const there = (binary) => fs.existsSync(path.join(root, binary.at, 'package.json'));
  const fitting = one.binaries.filter(fits);
  const binary = fitting.find(there);
  const kind = `${process.platform}-${process.arch}${process.platform === 'linux' ? ` (${libc()})` : ''}`;
  const error = loaded.cannotLoad(root, one.at, binary);
  if (error === undefined) return undefined;
  if (binary) return `${binary.name} is there, but this system cannot load it: ${error}`;
  if (fitting.length === 0) return `there is no binary of it for ${kind}`;
  const others = one.binaries.filter(there).map(({ name }) => name);
  return others.length > 0
    ? `node_modules was installed on another system: it has ${others.join(', ')}, and this Node.js is ${kind}`
    : `its binary for ${kind} is missing, ${fitting.map(({ name }) => name).join(' or ')}`;
}

function fits(binary) {
  const has = (list, value) => !list || list.indexOf(value) >= 0;
  return (
    has(binary.os, process.platform) &&
    has(binary.cpu, process.arch) &&
    (process.platform !== 'linux' || has(binary.libc, libc()))
  );
}

let known;

/** glibc or musl, as npm names them. */
function libc() {
  if (known === undefined) known = findLibc();
  return known;
}

function findLibc() {
  try {
    return /musl/.test(fs.readFileSync('/usr/bin/ldd', 'latin1')) ? 'musl' : 'glibc';
  } catch (_) {
    // A system without ldd. A report takes longer.
    const { header } = process.report.getReport();
    return header.glibcVersionRuntime ? 'glibc' : 'musl';
  }
}

module.exports = { native };
