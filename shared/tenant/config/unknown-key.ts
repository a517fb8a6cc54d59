import type { z } from 'zod';
import { nearest } from '../../lib/nearest';
import { type Path, pathText } from './path';

/** The message for an unknown key. @param value what the schema describes. @param path the object with the key in it.
 * @param at where in the file the value is. */
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
      return `is not known here: it is nested too deep, and belongs to ${pathText([...at, ...above]) || 'the file, at its margin'}`;
  }
  const near = nearest(key, knownKeys(schema, path));
  return near ? `is not known here; did you mean ${near}?` : 'is not known here';
}

/** Common misplaced keys. */
const ELSEWHERE: Record<string, string> = {
  users:
    'users do not belong in this file (auth0-deploy-cli does not carry them): write them into users.json',
};

/** Whether that object already has the key: then it was not meant for it. */
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

/** The schema inside default(), optional(), preprocess() and the like. */
export function unwrap(schema: unknown): unknown {
  const { innerType, out } =
    (schema as { def?: { innerType?: unknown; out?: unknown } } | undefined)?.def ?? {};
  const inner = innerType ?? out;
  return inner ? unwrap(inner) : schema;
}
