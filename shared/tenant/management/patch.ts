import { isDeepStrictEqual } from 'node:util';
import { own } from '../../lib/own';
import type { Plain } from '../config/edit';
import { type Entry, isEntry } from './draft';

/** Applies a PATCH to an entry of tenant.yaml: writes only what differs from file and defaults; null removes a
 * setting. @param effective the entry with its defaults. @param merged objects to merge; others are replaced. */
export function patch(raw: Entry, effective: object, changes: object, merged: readonly string[] = []): void {
  const now = effective as Record<string, unknown>;
  for (const [key, value] of Object.entries(changes) as [string, Plain][]) {
    if (value === null) {
      delete raw[key];
    } else if (isDeepStrictEqual(value, own(now, key)) || isDeepStrictEqual(value, own(raw, key))) {
      // Unchanged.
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
