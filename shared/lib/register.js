/**
 * Registers TypeScript in a process, as `ts-node/register` does, but compiles nothing twice: what ts-node made of a text is stored, and every
 * process that needs the same text reads it, without loading ts-node, TypeScript or swc at all.
 *
 * In plain JavaScript, because it runs before anything can be compiled. Preloaded by `node -r ./shared/lib/register.js`.
 *
 * An entry's name is the hash of everything that the output depends on: the text itself, the versions of ts-node and swc, and tsconfig.json. So a
 * changed file can't get an old output, and nobody has to delete anything. Where a file is does not matter: its path is put in as it is read.
 */
const { createHash, randomBytes } = require('node:crypto');
const fs = require('node:fs');
const { createRequire, enableCompileCache } = require('node:module');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');
const CONFIG = path.join(ROOT, 'tsconfig.json');
/** As other tools do: `npm ci` takes it away, and git does not see it. */
const STORE = process.env.WORKSHOP_COMPILED || path.join(ROOT, 'node_modules', '.cache', 'call-your-api');
/** Where Node.js 22 and later store V8's bytecode, that of packages included. It saves a process a fifth of its start. */
const BYTECODE = path.join(STORE, 'v8');
/** The compile function of this process, for those who preload code of their own into an app. */
const COMPILER = Symbol.for('call-your-api.compiler');
const MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';
/** Entries after which the oldest half is removed: some 30 MB. */
const MOST = 4000;
/** Files of bytecode above which all of it is removed, since Node.js removes none: some 40 MB. */
const MOST_BYTECODE = 8000;

/** The nearest file of that name, from a folder upwards. */
function nearest(name, folder) {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, name);
    if (fs.existsSync(file)) return file;
    if (at === path.dirname(at)) return undefined;
  }
}

/** Whether ts-node would compile for this process by our tsconfig.json, and as CommonJS. Else it does so itself. */
function isOurs() {
  const { TS_NODE_PROJECT, ...others } = process.env;
  if (Object.keys(others).some((name) => name.startsWith('TS_NODE_'))) return false;
  const folder = process.cwd();
  const config =
    TS_NODE_PROJECT === undefined ? nearest('tsconfig.json', folder) : path.resolve(TS_NODE_PROJECT);
  if (config === undefined || real(config) !== real(CONFIG)) return false;
  const scope = nearest('package.json', folder);
  try {
    return scope === undefined || JSON.parse(fs.readFileSync(scope, 'utf8')).type !== 'module';
  } catch {
    return false;
  }
}

function real(file) {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}

/** @returns a function of a text and its file's path, as ts-node's `compile`. */
function storedCompiler() {
  const fromTsNode = createRequire(require.resolve('ts-node'));
  const version = (name) => fromTsNode(`${name}/package.json`).version;
  const ground = ['1', version('ts-node'), version('@swc/core'), fs.readFileSync(CONFIG, 'utf8')].join('\0');
  const outputs = new Map();
  fromTsNode('@cspotcode/source-map-support').install({
    environment: 'node',
    redirectConflictingLibrary: true,
    retrieveFile: (file) => outputs.get(file.replaceAll('\\', '/')) || '',
  });
  let tsNode;
  return (code, file) => {
    const name = createHash('sha256').update(ground).update('\0').update(code).digest('hex');
    let stored = read(name);
    if (stored === undefined) {
      tsNode ??= require('ts-node').create({ cwd: ROOT, projectSearchDir: ROOT });
      stored = taken(tsNode.compile(code, file));
      write(name, stored);
    }
    const output = withMap(stored, file);
    outputs.set(file.replaceAll('\\', '/'), output);
    return output;
  };
}

/** What ts-node made, apart from where the file is. */
function taken(output) {
  const at = output.lastIndexOf(MAP);
  const map = JSON.parse(Buffer.from(output.slice(at + MAP.length), 'base64').toString('utf8'));
  return { code: output.slice(0, at), map: JSON.stringify({ ...map, file: undefined, sources: undefined }) };
}

function withMap({ code, map }, file) {
  const source = JSON.stringify(file);
  const whole = `{"file":${source},"sources":[${source}],${map.slice(1)}`;
  return `${code}${MAP}${Buffer.from(whole, 'utf8').toString('base64')}`;
}

/** An entry is the length of the code, the code, and the map, with the hash of it all: a damaged one is as none. */
function read(name) {
  let text;
  try {
    text = fs.readFileSync(path.join(STORE, name), 'utf8');
  } catch {
    return undefined;
  }
  const [, sum, length, rest = ''] = /^(\w+) (\d+)\n(.*)$/s.exec(text) ?? [];
  if (sum === undefined || sum !== sumOf(rest)) return undefined;
  return { code: rest.slice(0, Number(length)), map: rest.slice(Number(length)) };
}

const sumOf = (text) => createHash('sha1').update(text).digest('hex');

/** Whole or not at all, since other processes read at the same time. A folder that can't be written to costs time only. */
function write(name, { code, map }) {
  const rest = code + map;
  const beside = path.join(STORE, `${process.pid}-${randomBytes(4).toString('hex')}.part`);
  try {
    fs.mkdirSync(STORE, { recursive: true });
    fs.writeFileSync(beside, `${sumOf(rest)} ${code.length}\n${rest}`);
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

function register() {
  enableCompileCache?.(BYTECODE);
  if (!isOurs()) {
    require('ts-node/register');
    process[COMPILER] = (code, file) => process[Symbol.for('ts-node.register.instance')].compile(code, file);
    return;
  }
  const compile = storedCompiler();
  process[COMPILER] = compile;
  const asJavaScript = require.extensions['.js'];
  require.extensions['.ts'] = (module, file) => {
    if (/[\\/]node_modules[\\/]/.test(path.relative(ROOT, file))) return asJavaScript(module, file);
    const text = fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    return module._compile(compile(text, file), file, 'commonjs');
  };
}

register();
