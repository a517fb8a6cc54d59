import Module from 'node:module';

/** Objects and functions, by name, with what each of them had of its own, and the keys of that in their order. */
type Shape = Map<
  object,
  { name: string; own: Own; keys: readonly PropertyKey[]; accessors: ReadonlySet<PropertyKey> }
>;
type Own = Map<PropertyKey, unknown>;

/** How far objects are followed: a package's exports, what they hold, and the prototypes there. */
const DEPTH = 3;
/** What runs on by itself, is put right at the end, or holds what a package makes at its first use (iconv-lite, zod). */
const PASSED = new Set<PropertyKey>([
  'performance',
  'process',
  Symbol.for('source-map-support/sharedData'),
  Symbol.for('undici.globalDispatcher.1'),
  'encodings',
  '_codecDataCache',
  'localeError',
  'memoizer',
]);

/** What nobody can change of a function. */
const FIXED = new Set<PropertyKey>(['arguments', 'caller']);

/**
 * What an app could change for the next one in the same process: globals, Node's modules, the packages that are loaded, the process. What they
 * hold is compared one by one, by identity.
 */
export function shapeOf(): Shape {
  const shape: Shape = new Map();
  // Some of them are made when somebody asks first.
  for (const key of Reflect.ownKeys(globalThis)) Reflect.get(globalThis, key);
  note(shape, 'globalThis', globalThis, DEPTH);
  for (const name of Module.builtinModules.filter(
    (one) => !one.startsWith('_') && !/^(sys|wasi|punycode|trace_events|inspector|test)/.test(one),
  ))
    note(shape, name, require(name), DEPTH);
  for (const [file, module] of Object.entries(require.cache)) note(shape, file, module?.exports, DEPTH);
  shape.set(process, { name: 'process', own: stateOfProcess(), keys: [], accessors: new Set() });
  return shape;
}

/** What is no longer as it was. */
export function differences(before: Shape): string[] {
  const found: string[] = [];
  for (const [object, known] of before) {
    if (object !== process && isAsBefore(object, known)) continue;
    const { name, own } = known;
    const now = object === process ? stateOfProcess() : ownOf(object);
    for (const key of new Set([...own.keys(), ...now.keys()]))
      if (!Object.is(own.get(key), now.get(key))) found.push(`${name}.${String(key)}`);
  }
  return found;
}

/** The same question for nearly all of them, without a copy of each. */
function isAsBefore(
  object: object,
  { own, keys, accessors }: NonNullable<ReturnType<Shape['get']>>,
): boolean {
  const now = Reflect.ownKeys(object);
  if (now.length !== keys.length) return false;
  for (let i = 0; i < now.length; i++) {
    const key = now[i] as PropertyKey;
    if (key !== keys[i]) return false;
    if (!own.has(key)) continue;
    const value = accessors.has(key)
      ? Reflect.getOwnPropertyDescriptor(object, key)?.get
      : Reflect.get(object, key);
    if (!Object.is(value, own.get(key))) return false;
  }
  return !(object instanceof Map || object instanceof Set) || object.size === own.get('size');
}

function note(shape: Shape, name: string, value: unknown, depth: number): void {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
  if (depth === 0 || shape.has(value) || value === process) return;
  const own = ownOf(value);
  const keys = Reflect.ownKeys(value);
  const accessors = new Set(keys.filter((key) => Reflect.getOwnPropertyDescriptor(value, key)?.get));
  shape.set(value, { name, own, keys, accessors });
  for (const [key, one] of own) note(shape, `${name}.${String(key)}`, one, depth - 1);
}

/** Values as they stand there, and accessors by their functions: to read one might change something. */
function ownOf(object: object): Map<PropertyKey, unknown> {
  const own = new Map<PropertyKey, unknown>();
  for (const key of Reflect.ownKeys(object)) {
    const property = Reflect.getOwnPropertyDescriptor(object, key);
    if (PASSED.has(key) || !property || (typeof object === 'function' && FIXED.has(key))) continue;
    own.set(key, property.get ?? property.value);
  }
  if (object instanceof Map || object instanceof Set) own.set('size', object.size);
  return own;
}

function stateOfProcess(): Map<PropertyKey, unknown> {
  const listeners = process
    .eventNames()
    .map((name): [string, number] => [`listeners of ${String(name)}`, process.listenerCount(name)]);
  return new Map<PropertyKey, unknown>([
    ...listeners.filter(([, count]) => count > 0),
    ['cwd', process.cwd()],
    ['exitCode', process.exitCode],
    ['title', process.title],
    ['exit', process.exit],
    ['emit', process.emit],
    ['emitWarning', process.emitWarning],
    ['hrtime', process.hrtime],
    ['nextTick', process.nextTick],
    ['stdout.write', process.stdout.write],
    ['stderr.write', process.stderr.write],
  ]);
}
