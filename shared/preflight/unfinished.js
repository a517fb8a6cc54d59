const fs = require('fs');
const path = require('path');

/** A finding if an uncaught error comes from a package with missing or empty files, as an interrupted `npm ci`, a full
 * disk or a virus scanner leave it. `look` reads only each package.json, so that every start is quick. */
function unfinished(root, error) {
  const name = damaged(root, error) || emptied(root);
  if (name === undefined) return undefined;
  const seen = `The package ${name} is not complete: files of it are missing, empty or damaged`;
  return { id: 'packages-damaged', level: 'wrong', seen, mend: 'npm ci' };
}

function damaged(root, error) {
  const { code, message, name, requireStack, stack } = Object(error);
  const text = String(message).split('\n')[0];
  if (code === 'MODULE_NOT_FOUND')
    return packageOf(root, (requireStack || [])[0]) || packageOf(root, quoted(text));
  if (code === 'ERR_MODULE_NOT_FOUND')
    return packageOf(root, text.split(' imported from ')[1] || quoted(text));
  // The stack of a text that cannot be parsed begins with its file.
  return name === 'SyntaxError' ? packageOf(root, String(stack).split('\n')[0]) : undefined;
}

const quoted = (text) => (/'([^']+)'/.exec(text) || [])[1];

/** The innermost package that contains the file. */
function packageOf(root, file) {
  const inside = String(file || '').replace(/^file:\/\//, '');
  if (!inside.startsWith(path.join(root, 'node_modules') + path.sep)) return undefined;
  const found = inside.split(/[\\/]node_modules[\\/]/).pop();
  const [, name] = /^((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(found) || [];
  return name && name.replace('\\', '/');
}

/** The first package of package.json with an empty main file. */
function emptied(root) {
  try {
    const { dependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    return Object.keys(dependencies).find((name) => {
      const folder = path.join(root, 'node_modules', name);
      const { main } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
      return [main || 'index.js', `${main}.js`].some((file) => isEmpty(path.join(folder, file)));
    });
  } catch (_) {
    return undefined;
  }
}

function isEmpty(file) {
  try {
    const found = fs.statSync(file);
    return found.isFile() && found.size === 0;
  } catch (_) {
    return false;
  }
}

module.exports = { unfinished };
