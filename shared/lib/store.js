/** Compiled files on disk, for every process. An entry's name is the hash of everything that it depends on, so nothing
 * gets out of date. Plain JavaScript, because register.js needs it before anything can be compiled. */
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

/** A usual place: `npm ci` removes it, and git ignores it. */
const STORE =
  process.env.WORKSHOP_COMPILED ||
  path.join(__dirname, '..', '..', 'node_modules', '.cache', 'call-your-api');
/** V8's bytecode, also of packages, from Node.js 22. It saves a process a fifth of its start. */
const BYTECODE = path.join(STORE, 'v8');
/** From this many entries, about 30 MB, the oldest half is removed. */
const MOST = 4000;
/** Above this many files of bytecode, about 40 MB, all are removed, since Node.js removes none. */
const MOST_BYTECODE = 8000;

function nameOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

/** An entry begins with the hash of the rest. @returns undefined if there is none, or it is damaged. */
function read(name) {
  let text;
  try {
    text = fs.readFileSync(path.join(STORE, name), 'utf8');
  } catch {
    return undefined;
  }
  const end = text.indexOf('\n');
  const rest = text.slice(end + 1);
  return end > 0 && text.slice(0, end) === sumOf(rest) ? rest : undefined;
}

const sumOf = (text) => createHash('sha1').update(text).digest('hex');

/** Completely or not at all, since other processes read at the same time. */
function write(name, text) {
  const beside = path.join(STORE, `${process.pid}-${randomBytes(4).toString('hex')}.part`);
  try {
    fs.mkdirSync(STORE, { recursive: true });
    fs.writeFileSync(beside, `${sumOf(text)}\n${text}`);
    fs.renameSync(beside, path.join(STORE, name));
    if (name.endsWith('00')) removeOld();
  } catch {
    try {
      fs.rmSync(beside, { force: true });
    } catch {
      // It did not exist.
    }
  }
}

function removeOld() {
  const bytecode = fs.existsSync(BYTECODE) ? fs.readdirSync(BYTECODE, { recursive: true }) : [];
  if (bytecode.length > MOST_BYTECODE) fs.rmSync(BYTECODE, { recursive: true, force: true });
  const files = fs.readdirSync(STORE).filter((file) => file !== path.basename(BYTECODE));
  if (files.length < MOST) return;
  const made = (file) => fs.statSync(path.join(STORE, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const byAge = files.map((file) => [made(file), file]).sort(([a], [b]) => a - b);
  for (const [, file] of byAge.slice(0, MOST / 2)) fs.rmSync(path.join(STORE, file), { force: true });
}

module.exports = { BYTECODE, nameOf, read, write };
