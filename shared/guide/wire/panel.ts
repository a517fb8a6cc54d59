import type { Guide } from '../guide';
import { groupsOf } from './groups';
import { rowOf } from './row';

/** Rows that stand beside a lesson at first: the newest. */
const MOST = 60;

/** What `include wire-panel` needs: the rows of the last login, as `wirePanel`. */
export function wirePanel({ wire }: Pick<Guide, 'wire'>) {
  const group = groupsOf(wire.entries).at(-1);
  if (!group) return { wirePanel: undefined };
  const rows = group.entries.slice(-MOST).map((entry) => rowOf(wire, entry));
  return { wirePanel: { id: group.id, title: group.title, rows } };
}
