import type { Finding } from '../../preflight';

export type { Finding };

const of =
  (level: Finding['level']) =>
  (id: string, seen: string, fix: string): Finding => ({ id, level, seen, mend: fix });

export const ok = (id: string, seen: string): Finding => ({ id, level: 'ok', seen });
export const note = (id: string, seen: string, fix?: string): Finding =>
  fix === undefined ? { id, level: 'note', seen } : of('note')(id, seen, fix);
export const warning = of('warning');
export const wrong = of('wrong');
