import type { z } from 'zod';
import { nearest } from '../../lib/nearest';
import { type Path, pathText } from './path';

/**
 * What to say of a key that a schema does not know.
 *
 * @param value what the schema was to describe.
 * @param path where in it the object that holds the key stands.
 * @param at where in the file that value stands.
 */
export function unknownKey(
  key: string,
  schema: z.ZodType,
  value: unknown,
  path: Path,
  at: Path = [],
): string {
  if (at.length + path.length === 0 && Object.hasOwn(ELSEWHERE, key)) return ELSEWHERE[key] as string;
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const above = path.slice(0, depth);
    if (knownKeys(schema, above).includes(key) && !hasKey(value, above, key))
      return `is not known here: it stands too deep, and belongs to ${pathText([...at, ...above]) || 'the file, at its margin'}`;
  }
  const near = nearest(key, knownKeys(schema, path));
  return near ? `is not known here; did you mean ${near}?` : 'is not known here';
}

/** Words where learners put them by mistake, with the place where they belong. */
const ELSEWHERE: Record<string, string> = {
  users: 'users do not stand in this file (auth0-deploy-cli does not carry them): write them into users.json',
};

/** Whether the object at a place has a key already: then it was not meant for that one. */
function hasKey(value: unknown, path: Path, key: string): boolean {
  const object = path.reduce((one, part) => (one as Record<PropertyKey, unknown> | null)?.[part], value);
  return typeof object === 'object' && object !== null && Object.hasOwn(object, key);
}

function knownKeys(schema: z.ZodType, path: Path): string[] {
  let inner: unknown = schema;
  for (const part of path) {
    const { shape, element } = unwrap(inner) as { shape?: Record<string, unknown>; element?: unknown };
    inner = typeof part === 'number' ? element : shape?.[String(part)];
  }
  return Object.keys((unwrap(inner) as { shape?: object } | undefined)?.shape ?? {});
}

/** The schema inside default(), optional(), preprocess() and their like. */
export function unwrap(schema: unknown): unknown {
  const { innerType, out } =
    (schema as { def?: { innerType?: unknown; out?: unknown } } | undefined)?.def ?? {};
  const inner = innerType ?? out;
  return inner ? unwrap(inner) : schema;
}
