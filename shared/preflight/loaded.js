const fs = require('fs');
const os = require('os');
const path = require('path');

/** A usual place: `npm ci` removes the folder, and git ignores it. */
const NOTES = 'node_modules/.cache/call-your-api-preflight';

/** Why a package with a binary cannot be loaded; undefined when it can. Loading @swc/core takes 30 ms of each start, so
 * a success is noted, with everything that it depends on: the binary, this machine and this Node.js. */
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

/** The loader of a package only reports that it found nothing; the binary itself reports why. */
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

/** Two processes at once write the same text, and an incomplete note counts as none. */
function write(file, note) {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, note);
  } catch (_) {
    // A folder that cannot be written costs only time.
  }
}

const firstLine = (error) => String((error && error.message) || error).split('\n')[0];

module.exports = { cannotLoad };
