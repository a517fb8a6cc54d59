/** What was looked at, and what came of it. */
export interface Finding {
  /** Stable: "port-taken". */
  id: string;
  /** Wrong stands in the way; a warning may bite later; a note is only worth knowing. */
  level: 'ok' | 'note' | 'warning' | 'wrong';
  /** What was seen. */
  seen: string;
  /** What to do. */
  mend?: string;
}

export const ok = (id: string, seen: string): Finding => ({ id, level: 'ok', seen });
export const note = (id: string, seen: string, mend?: string): Finding => finding('note', id, seen, mend);
export const warning = (id: string, seen: string, mend: string): Finding =>
  finding('warning', id, seen, mend);
export const wrong = (id: string, seen: string, mend: string): Finding => finding('wrong', id, seen, mend);

function finding(level: Finding['level'], id: string, seen: string, mend: string | undefined): Finding {
  return { id, level, seen, ...(mend === undefined ? {} : { mend }) };
}
