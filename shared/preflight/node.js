const versions = require('./versions');

/** Whether the workshop supports this Node.js.
 * @param {string} range `engines.node` of package.json. @param {string} version such as 20.19.0. */
function node(range, version) {
  if (versions.satisfies(version, range) !== false)
    return { id: 'node', level: 'ok', seen: `Node ${version}` };
  return {
    id: 'node-version',
    level: 'wrong',
    seen: `Node ${version} is not supported: the workshop needs ${range}`,
    mend: 'Install the current LTS version from https://nodejs.org, or with your version manager: nvm install 22',
  };
}

module.exports = { node };
