const fs = require('fs');
const os = require('os');
const path = require('path');

/** As other tools do: `npm ci` removes the folder, and git ignores it. */
const NOTES = 'node_modules/.cache/call-your-api-preflight';

/**
 * Why a package with a binary cannot be loaded; undefined when it can. Loading @swc/core takes 30 ms of each start, and compiled files
 * are stored, so a load that worked is noted by all that it depends on: the binary, this machine and this Node.js.
 *
 * @param {string} root the folder of node_modules.
 * @param {string} at the package, from there.
 * @param {{ at: string } | undefined} binary the package of the binary for this machine, when there is one.
 */
function cannotLoad(root, at, binary) {
  const note = binary && noteOf(root, at, binary);
  const file = path.join(root, NOTES, at.replace(/[^\w-]+/g, '+'));
  if (note !== undefined && read(file) === note) return undefined;
  try {
    require(path.join(root, at));
  } catch (error) {
    return (binary && whyNot(root, binary)) || firstLine(error);
  }
  if (note !== undefined) write(file, note);
  return undefined;
}

/** The loader of a package reports only that it found nothing; the binary itself reports why. */
function whyNot(root, binary) {
  try {
    require(path.join(root, binary.at));
    return undefined;
  } catch (error) {
    return firstLine(error);
  }
}

function noteOf(root, at, binary) {
  const { main } = JSON.parse(fs.readFileSync(path.join(root, binary.at, 'package.json'), 'utf8'));
  try {
    const { size, mtimeMs } = fs.statSync(path.join(root, binary.at, main));
    const machine = [os.hostname(), os.release(), process.platform, process.arch, process.version];
    return [at, main, size, mtimeMs].concat(machine).join('\n');
  } catch (_) {
    return undefined;
  }
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (_) {
    return undefined;
  }
}

/** Two that write at once write the same, and a note that is cut off is as none. */
function write(file, note) {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, note);
  } catch (_) {
    // A folder that cannot be written costs time only.
  }
}

const firstLine = (error) => String((error && error.message) || error).split('\n')[0];

module.exports = { cannotLoad };
