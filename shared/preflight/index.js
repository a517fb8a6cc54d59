const fs = require('fs');
const path = require('path');
const { node } = require('./node');
const { packages, readLock } = require('./packages');
const report = require('./report');
const { satisfies } = require('./versions');

/** What every command needs before TypeScript is compiled: Node.js, packages, their binaries. Plain JavaScript of 2018
 * without packages, so that an old Node.js can report it. @returns findings; a `wrong` one prevents the command. */
function look(root, needs) {
  const { engines } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const version = node(engines.node, process.versions.node);
  // What an old Node.js cannot load means nothing for the packages.
  return version.level === 'wrong' ? [version] : [version].concat(packages(root, needs));
}

module.exports = { look, node, packages, readLock, report, satisfies };
