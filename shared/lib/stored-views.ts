import { createHash } from 'node:crypto';
import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { attempt } from './attempt';
import { nameOf, read, write } from './store';

type Pug = typeof import('pug');
type Template = ReturnType<Pug['compile']> & { dependencies?: string[] };
type Options = Record<string, unknown>;

/** What a compiled view depends on, besides its text and the files that it includes or extends. */
const PLAIN = ['basedir', 'doctype', 'pretty', 'self', 'compileDebug'];
/** Functions, and options with an effect while a view is compiled: with one of them nothing is stored. */
const OTHERS = [
  'filters',
  'filterAliases',
  'filterOptions',
  'plugins',
  'globals',
  'debug',
  'inlineRuntimeFunctions',
];
/** pug's compiler. It takes half as long to load as all of Express. */
const COMPILER = [
  'pug-lexer',
  'pug-strip-comments',
  'pug-parser',
  'pug-load',
  'pug-filters',
  'pug-linker',
  'pug-code-gen',
];
/** The placeholder for the views' folder in a stored view. */
const FOLDER = '\u0000folder\u0000';

/** A compiled view without its folder. */
interface Entry {
  body: string;
  /** The other files that were read, relative to the folder, and the hashes of their texts. */
  files: [file: string, hash: string][];
}

/** Loads pug so that it stores each compiled view under its text, included files, options and pug's versions. A view
 * with a filter is always compiled. For register.js. @param load loads pug's own file into the module. */
export function loadPug(module: NodeModule, file: string, load: () => void): void {
  const fromPug = createRequire(file);
  loadLater(fromPug, load);
  const pug = module.exports as Pug;
  const { compile } = pug;
  const ground = [fromPug('../package.json'), ...COMPILER.map((name) => fromPug(`${name}/package.json`))]
    .map(({ name, version }) => `${name} ${version}`)
    .join(' ');
  const compiled = new Map<string, Pick<Entry, 'files'> & { template: Template }>();
  const wrap = (body: string): Template => fromPug('pug-runtime/wrap')(body);
  pug.compile = (source, given) => {
    const text = String(source);
    const options = (given ?? {}) as Options;
    if (!isPlain(pug, options)) return compile(source, given);
    const folder = folderOf(String(options.filename));
    const name = nameOf(
      ground,
      path.relative(folder, String(options.filename)),
      JSON.stringify(PLAIN.map((option) => options[option] ?? null)),
      text,
    );
    const here = `${folder}\0${name}`;
    const before = compiled.get(here);
    if (before && isStill(before, folder)) return before.template;
    const entry = stored(name);
    if (entry && isStill(entry, folder)) {
      const template = wrap(entry.body.replaceAll(FOLDER, () => written(folder)));
      template.dependencies = entry.files.map(([file]) => path.join(folder, file));
      compiled.set(here, { template, files: entry.files });
      return template;
    }
    let [body, filtered] = ['', false];
    const watch = {
      postLex: (tokens: { type: string }[]) => {
        filtered ||= tokens.some(({ type }) => type === 'filter');
        return tokens;
      },
      postCodeGen: (code: string) => {
        body = code;
        return code;
      },
    };
    const template: Template = compile(source, { ...options, plugins: [watch] } as typeof given);
    if (!filtered) store(name, folder, { text, body, files: template.dependencies ?? [] });
    return template;
  };
}

const isPlain = (pug: Pug, options: Options): boolean =>
  typeof options.filename === 'string' &&
  OTHERS.every((name) => !options[name]) &&
  PLAIN.every((name) => ['string', 'boolean', 'undefined'].includes(typeof options[name])) &&
  Object.keys((pug as unknown as { filters: object }).filters).length === 0;

/** An app's own folder, in which it runs, or the view's folder. */
function folderOf(filename: string): string {
  const inside = path.relative(process.cwd(), filename);
  return inside.startsWith('..') || path.isAbsolute(inside) ? path.dirname(filename) : process.cwd();
}

/** As pug writes a text into its code. */
const written = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\u002F');

function stored(name: string): Entry | undefined {
  const text = read(name);
  return text === undefined ? undefined : JSON.parse(text);
}

const isStill = ({ files }: Pick<Entry, 'files'>, folder: string): boolean =>
  files.every(([file, hash]) => hashOf(path.join(folder, file)) === hash);

function store(name: string, folder: string, made: { text: string; body: string; files: string[] }): void {
  const { text, body } = made;
  const others = made.files.map((file) => path.relative(folder, file));
  // At another place there may be other files outside of its folder.
  if (others.some((file) => file.startsWith('..') || path.isAbsolute(file))) return;
  const texts = [text, ...made.files.map(textOf)];
  // Otherwise these words could be the view's own.
  if (texts.some((one) => [folder, written(folder), FOLDER].some((word) => one?.includes(word)))) return;
  const files = others.map((file): [string, string] => [file, hashOf(path.join(folder, file)) ?? '']);
  const entry: Entry = { body: body.replaceAll(written(folder), () => FOLDER), files };
  write(name, JSON.stringify(entry));
}

const textOf = (file: string): string | undefined => attempt(() => fs.readFileSync(file, 'utf8'));

function hashOf(file: string): string | undefined {
  const text = textOf(file);
  return text === undefined ? undefined : createHash('sha256').update(text).digest('hex');
}

function loadLater(fromPug: NodeJS.Require, load: () => void): void {
  const parts = COMPILER.map((name) => fromPug.resolve(name)).filter((file) => !(file in require.cache));
  for (const file of parts) {
    const later = new Module(file);
    const part = () => fromPug(file);
    later.exports = new Proxy(() => {}, {
      apply: (_, self, args) => Reflect.apply(part(), self, args),
      get: (_, name) => part()[name],
    });
    later.loaded = true;
    require.cache[file] = later;
  }
  try {
    load();
  } finally {
    for (const file of parts) delete require.cache[file];
  }
}
