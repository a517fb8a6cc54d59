import { logValue, printable } from '../lib/printable';
import type { TenantEvent } from './events';

/** Values may contain request data. */
export function logLine({ at, type, ...details }: TenantEvent): string {
  const parts = Object.entries(details)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(
      ([key, value]) =>
        `${key}=${typeof value === 'string' ? logValue(value) : printable(JSON.stringify(value))}`,
    );
  return `${new Date(at).toISOString().slice(11, 19)}  ${type}  ${parts.join(' ')}`.trimEnd();
}
