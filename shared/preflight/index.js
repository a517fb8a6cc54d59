const fs = require('fs');
const path = require('path');
const { node } = require('./node');
const { packages, readLock } = require('./packages');
const report = require('./report');
const { satisfies } = require('./versions');

/**
 * Looks at what every command needs before its first line of TypeScript is compiled: the version of Node.js, the packages, and
 * their binaries for this machine. Plain JavaScript of 2018 without packages, so that a Node.js from then can say what is wrong.
 *
 * @param {string} root the folder of package.json.
 * @param {{ dev: boolean }} needs whether the command needs the packages for development, too.
 * @returns findings; those that are `wrong` keep the command from running.
 */
function look(root, needs) {
  const { engines } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const version = node(engines.node, process.versions.node);
  // What an old Node.js cannot load says nothing about the packages.
  return version.level === 'wrong' ? [version] : [version].concat(packages(root, needs));
}

module.exports = { look, node, packages, readLock, report, satisfies };
