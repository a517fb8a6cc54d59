import fs from 'node:fs';
import path from 'node:path';
import { filledCode } from '../../config/scripts';
import type { Management } from '../context';
import type { Draft, Entry } from '../draft';

/** The code as auth0-deploy-cli would send it. */
export function codeOf(m: Management, given: string): string {
  try {
    return filledCode(fs.readFileSync(placeOf(m, given), 'utf8'), m.env);
  } catch {
    // Reported when tenant.yaml is read.
    return '';
  }
}

/** @param before the current path; without one a new file is made in `folder`. @returns the path for tenant.yaml. */
export function writeCode(
  m: Management,
  draft: Draft,
  code: string,
  { before, folder, name }: { before: string | undefined; folder: string; name: string },
): string {
  if (before !== undefined) {
    if (codeOf(m, before) !== code) draft.code(before, code);
    return before;
  }
  const base = `./${folder}/${name.replace(/[^\w .-]/g, '_').slice(0, LONGEST)}`;
  const taken = new Set(filesOf(draft).map((one) => placeOf(m, one)));
  // An existing file is somebody's work, unless it has the same code and is unused.
  for (let i = 1; ; i++) {
    const given = i === 1 ? `${base}.js` : `${base}-${i}.js`;
    const exists = fs.existsSync(placeOf(m, given));
    if (taken.has(placeOf(m, given)) || (exists && codeOf(m, given) !== code)) continue;
    if (!exists) draft.code(given, code);
    return given;
  }
}

/** Letters of a file's name. */
const LONGEST = 100;

function filesOf(draft: Draft): string[] {
  const named = (['actions', 'rules', 'hooks'] as const).flatMap((section) => {
    const list = draft.raw[section];
    return (Array.isArray(list) ? (list as Entry[]) : []).map((one) => one?.code ?? one?.script);
  });
  return [...named.filter((one) => typeof one === 'string'), ...draft.plan.code.keys()];
}

const placeOf = (m: Management, given: string) => path.resolve(m.base(), given.replaceAll('\\', '/'));
