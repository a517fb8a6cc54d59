import type { Guide } from '../guide';
import { groupsOf } from './groups';
import { rowOf } from './row';

const MOST = 60;

/** Locals of `wire-panel`: the rows of the last login. */
export function wirePanel({ wire }: Pick<Guide, 'wire'>) {
  const group = groupsOf(wire.entries).at(-1);
  if (!group) return { wirePanel: undefined };
  const rows = group.entries.slice(-MOST).map((entry) => rowOf(wire, entry));
  return { wirePanel: { id: group.id, title: group.title, rows } };
}
