import { kindOf, locationOf } from './kind';
import { timeOf } from './row';
import type { Entry } from './types';

/** One login and the messages after it. */
export interface Group {
  /** The number of its first message; 0 before the first login. */
  id: number;
  title: string;
  entries: Entry[];
}

/** Groups messages by login. A group begins at /login, at the app's redirect to the tenant or, if neither was seen,
 * where the browser reaches the tenant. */
export function groupsOf(entries: readonly Entry[]): Group[] {
  const groups: Group[] = [];
  let asked = true;
  for (const entry of entries) {
    const { message } = entry;
    const kind = kindOf(message);
    const sent = message.to === 'app' && locationOf(message)?.pathname === '/authorize';
    const begins = kind === 'login' || sent || (kind === 'authorize' && asked);
    if (begins)
      groups.push({ id: entry.n, title: `Login at ${timeOf(message.at).slice(0, 8)}`, entries: [] });
    if (begins || kind === 'authorize') asked = kind === 'authorize';
    if (groups.length === 0) groups.push({ id: 0, title: 'Before the first login', entries: [] });
    groups.at(-1)?.entries.push(entry);
  }
  return groups;
}
