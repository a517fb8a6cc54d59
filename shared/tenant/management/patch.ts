import { isDeepStrictEqual } from 'node:util';
import { own } from '../../lib/own';
import type { Plain } from '../config/edit';
import { type Entry, isEntry } from './draft';

/**
 * Applies a PATCH to an entry of tenant.yaml. What already counts, by the file or by a default, is not written again; null takes a
 * setting out of the file.
 *
 * @param effective the entry with its defaults.
 * @param merged settings that are objects of which single members are changed; others are replaced whole.
 */
export function patch(raw: Entry, effective: object, changes: object, merged: readonly string[] = []): void {
  const now = effective as Record<string, unknown>;
  for (const [key, value] of Object.entries(changes) as [string, Plain][]) {
    if (value === null) {
      delete raw[key];
    } else if (isDeepStrictEqual(value, own(now, key)) || isDeepStrictEqual(value, own(raw, key))) {
      // It is so already.
    } else if (merged.includes(key) && isEntry(value)) {
      const before = own(raw, key);
      const inner = isEntry(before) ? before : {};
      patch(inner, (own(now, key) as object | undefined) ?? {}, value);
      if (before !== undefined || Object.keys(inner).length > 0) raw[key] = inner;
    } else {
      raw[key] = value;
    }
  }
}
