/**
 * What was compiled once, on disk, for every process that needs it again. An entry's name is the hash of all that it depends on: so a changed
 * source can't get an old output, and nobody has to delete anything.
 *
 * In plain JavaScript, because register.js needs it before anything can be compiled.
 */
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

/** As other tools do: `npm ci` takes it away, and git does not see it. */
const STORE =
  process.env.WORKSHOP_COMPILED ||
  path.join(__dirname, '..', '..', 'node_modules', '.cache', 'call-your-api');
/** Where Node.js 22 and later store V8's bytecode, that of packages included. It saves a process a fifth of its start. */
const BYTECODE = path.join(STORE, 'v8');
/** Entries after which the oldest half is removed: some 30 MB. */
const MOST = 4000;
/** Files of bytecode above which all of it is removed, since Node.js removes none: some 40 MB. */
const MOST_BYTECODE = 8000;

/** The name of an entry that depends on these texts. */
function nameOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

/** @returns what is stored; undefined when there is nothing, or it is damaged: an entry begins with the hash of the rest. */
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

/** Whole or not at all, since other processes read at the same time. A folder that can't be written to costs time only. */
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
      // It was never there.
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
