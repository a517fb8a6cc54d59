/** Registers TypeScript as `ts-node/register` does, but stores each output, so that other processes load no compiler.
 * Plain JavaScript, because it is preloaded before anything can be compiled. */
const fs = require('node:fs');
const inspector = require('node:inspector');
const { createRequire, enableCompileCache } = require('node:module');
const path = require('node:path');
const v8 = require('node:v8');
const store = require('./store');

const ROOT = path.join(__dirname, '..', '..');
const SHARED = path.join(ROOT, 'shared') + path.sep;
const CONFIG = path.join(ROOT, 'tsconfig.json');
/** The compile function of this process, for code that preloads more into an app. */
const COMPILER = Symbol.for('call-your-api.compiler');
/** V8 optimises a function at a tenth of this by default. Most processes here end within seconds, and spend a seventh of
 * their processor time on optimised code that they hardly use. A server gets there after its first thousand requests. */
const OPTIMISE_LATE = '--interrupt-budget=1500000';
const MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

/** The nearest file of that name, from a folder upwards. */
function nearest(name, folder) {
  for (let at = folder; ; at = path.dirname(at)) {
    const file = path.join(at, name);
    if (fs.existsSync(file)) return file;
    if (at === path.dirname(at)) return undefined;
  }
}

/** Whether ts-node would use our tsconfig.json and CommonJS here. Otherwise ts-node itself compiles. */
function isOurs() {
  const { TS_NODE_PROJECT, ...others } = process.env;
  if (Object.keys(others).some((name) => name.startsWith('TS_NODE_'))) return false;
  const folder = process.cwd();
  const config =
    TS_NODE_PROJECT === undefined ? nearest('tsconfig.json', folder) : path.resolve(TS_NODE_PROJECT);
  if (config === undefined) return true;
  if (real(config) !== real(CONFIG)) return false;
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
  const ground = ['2', version('ts-node'), version('@swc/core'), fs.readFileSync(CONFIG, 'utf8')].join('\0');
  const outputs = new Map();
  fromTsNode('@cspotcode/source-map-support').install({
    environment: 'node',
    redirectConflictingLibrary: true,
    retrieveFile: (file) => outputs.get(file.replaceAll('\\', '/'))?.() ?? '',
  });
  let tsNode;
  const load = () => {
    tsNode ??= require('ts-node').create({ cwd: ROOT, projectSearchDir: ROOT });
    return tsNode;
  };
  const compile = (code, file) => {
    const name = store.nameOf(ground, code);
    let stored = read(name);
    if (stored === undefined) {
      stored = taken(load().compile(code, file));
      write(name, stored);
    }
    // Only a stack trace needs the map. V8 would read it with the code of each file, a tenth of a command's start.
    const output = () => withMap(stored, file);
    outputs.set(file.replaceAll('\\', '/'), output);
    return readsMaps() ? output() : stored.code;
  };
  // The first text loads swc too.
  return Object.assign(compile, { load: () => void load().compile('', path.join(ROOT, 'empty.ts')) });
}

/** Whether a debugger or a coverage tool reads the code of this process together with its map. */
function readsMaps() {
  const { NODE_V8_COVERAGE, VSCODE_INSPECTOR_OPTIONS } = process.env;
  return Boolean(NODE_V8_COVERAGE || VSCODE_INSPECTOR_OPTIONS || inspector.url());
}

/** The output of ts-node without the file's place, which is added when it is read. */
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

/** An entry is the length of the code, the code, and the map. */
function read(name) {
  const text = store.read(name);
  if (text === undefined) return undefined;
  const end = text.indexOf('\n');
  const length = Number(text.slice(0, end));
  const rest = text.slice(end + 1);
  return { code: rest.slice(0, length), map: rest.slice(length) };
}

const write = (name, { code, map }) => store.write(name, `${code.length}\n${code}${map}`);

function register() {
  v8.setFlagsFromString(OPTIMISE_LATE);
  enableCompileCache?.(store.BYTECODE);
  const compile = storedCompiler();
  const theirs = isOurs() ? undefined : loaderOfTheFolder();
  process[COMPILER] = compile;
  const asJavaScript = require.extensions['.js'];
  require.extensions['.js'] = (module, file) => {
    if (!/[\\/]node_modules[\\/]pug[\\/]lib[\\/]index\.js$/.test(file)) return asJavaScript(module, file);
    require('./stored-views').loadPug(module, file, () => asJavaScript(module, file));
  };
  require.extensions['.ts'] = (module, file) => {
    if (theirs !== undefined && !file.startsWith(SHARED)) return theirs(module, file);
    if (/[\\/]node_modules[\\/]/.test(path.relative(ROOT, file))) return asJavaScript(module, file);
    const text = fs.readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
    return module._compile(compile(text, file), file, 'commonjs');
  };
}

/** For an app with a tsconfig.json of its own: compiled by it, but as CommonJS and unchecked, since a right app may have
 * wrong types. What the workshop preloads into it is compiled by ours all the same. */
function loaderOfTheFolder() {
  const compilerOptions = { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' };
  require('ts-node').register({ transpileOnly: true, compilerOptions });
  return require.extensions['.ts'];
}

register();
