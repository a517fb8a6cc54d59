import type { Finding } from '../../preflight';

export type { Finding };

export const ok = (id: string, seen: string): Finding => ({ id, level: 'ok', seen });
export const note = (id: string, seen: string, mend?: string): Finding => finding('note', id, seen, mend);
export const warning = (id: string, seen: string, mend: string): Finding =>
  finding('warning', id, seen, mend);
export const wrong = (id: string, seen: string, mend: string): Finding => finding('wrong', id, seen, mend);

function finding(level: Finding['level'], id: string, seen: string, mend: string | undefined): Finding {
  return { id, level, seen, ...(mend === undefined ? {} : { mend }) };
}
