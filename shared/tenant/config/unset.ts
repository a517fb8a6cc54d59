import { OPTIONS } from './connections';
import type { SourceFile } from './document';
import { unmarkPlaceholders, unsetIn } from './placeholders';
import { tenantConfig } from './schema';
import { unwrap } from './unknown-key';
import { neverUsed, placeOf } from './unused';
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
