import { OPTIONS } from './connections';
import type { SourceFile } from './document';
import { unmarkPlaceholders, unsetIn } from './placeholders';
import { tenantConfig } from './schema';
import { SERVED_HOOK, SERVED_STAGE, SERVED_TRIGGERS } from './scripts';
import { unwrap } from './unknown-key';
import { later, laterText } from './vocabulary';

/** The parts of a zod schema that are used here. */
interface Schema {
  shape?: Record<string, unknown>;
  element?: unknown;
  def?: { type?: string; valueType?: unknown; catchall?: { def?: { type?: string } } };
}

const NOT_READ = Symbol('not read');

/** Reports each unset placeholder that the tenant reads. @param file the value with marked placeholders. @returns it
 * with placeholders as written, without unused settings that consist of one, whose type is unknown. */
export function withUnsetReported(source: SourceFile, file: unknown): unknown {
  const unused = neverUsed(file);
  const look = (value: unknown, at: PropertyKey[], schema: unknown): unknown => {
    if (typeof value === 'string') {
      const unset = unsetIn(value);
      if (unused.has(placeOf(at)) && unset.length > 0) return undefined;
      if (schema !== NOT_READ) for (const message of unset) source.add(at, message);
      return unmarkPlaceholders(value);
    }
    const below = (key: string | number, place: PropertyKey[]) =>
      unused.has(placeOf(place)) ? NOT_READ : inside(schema, key, value as object);
    if (Array.isArray(value)) return value.map((one, i) => look(one, [...at, i], below(i, [...at, i])));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, one]) => {
        const place = [...at, key];
        if (schema !== NOT_READ) for (const message of unsetIn(key)) source.add(place, message);
        const seen = look(one, place, below(key, place));
        return seen === undefined ? [] : [[unmarkPlaceholders(key), seen]];
      }),
    );
  };
  return look(file, [], tenantConfig);
}

/** undefined if nothing more is known than that it is read. */
function inside(schema: unknown, part: string | number, value: object): unknown {
  if (schema === NOT_READ) return NOT_READ;
  const { shape, element, def } = (unwrap(schema) ?? {}) as Schema;
  if (typeof part === 'number') return element;
  if (def?.type === 'record') return def.valueType;
  if (!shape) return undefined;
  // A connection's options depend on its strategy.
  const { strategy } = value as { strategy?: unknown };
  if (part === 'options' && typeof strategy === 'string' && Object.hasOwn(OPTIONS, strategy))
    return OPTIONS[strategy as keyof typeof OPTIONS];
  if (!Object.hasOwn(shape, part)) return def?.catchall?.def?.type === 'unknown' ? NOT_READ : undefined;
  const found = shape[part];
  return found === later || found === laterText ? NOT_READ : found;
}

const placeOf = (at: readonly PropertyKey[]): string => JSON.stringify(at);

/** Settings that no request uses: of connections that the tenant does not serve, and of code that never runs.
 * @param file the raw value; wrong types count as used. @returns their paths, see `placeOf`. */
function neverUsed(file: unknown): ReadonlySet<string> {
  const unused = new Set<string>();
  const add = (section: string, i: number, keys: string[]) => {
    for (const key of keys) unused.add(placeOf([section, i, key]));
  };
  for (const [i, { strategy }] of listed(file, 'connections').entries())
    if (typeof strategy === 'string' && !isDatabase(strategy) && !Object.hasOwn(OPTIONS, strategy))
      add('connections', i, ['options', 'enabled_clients']);
  const bound = boundActions(file);
  for (const [i, { name, deployed }] of listed(file, 'actions').entries())
    if ((deployed ?? false) === false || (typeof name === 'string' && !bound.has(name)))
      add('actions', i, ['secrets', 'dependencies']);
  for (const [i, { enabled, triggerId }] of listed(file, 'hooks').entries())
    if ((enabled ?? false) === false || (typeof triggerId === 'string' && triggerId !== SERVED_HOOK))
      add('hooks', i, ['secrets', 'dependencies']);
  const runs = ({ enabled, stage }: Entry) =>
    enabled !== false && (typeof stage !== 'string' || stage === SERVED_STAGE);
  if (!listed(file, 'rules').some(runs))
    for (const i of listed(file, 'rulesConfigs').keys()) unused.add(placeOf(['rulesConfigs', i]));
  return unused;
}

type Entry = Record<string, unknown>;

/** A database may be listed under connections. */
const isDatabase = (strategy: string) => strategy === 'auth0';

const member = (value: unknown, key: string): unknown =>
  value !== null && typeof value === 'object' && Object.hasOwn(value, key)
    ? (value as Entry)[key]
    : undefined;

function listed(file: unknown, key: string): Entry[] {
  const list = member(file, key);
  return Array.isArray(list) ? list.map((one) => (one !== null && typeof one === 'object' ? one : {})) : [];
}

/** Actions that a served trigger runs. */
function boundActions(file: unknown): Set<unknown> {
  const triggers = member(file, 'triggers');
  return new Set(
    SERVED_TRIGGERS.flatMap((trigger) => listed(triggers, trigger).map(({ action_name }) => action_name)),
  );
}
