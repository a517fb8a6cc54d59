import { droppedBecause, hintFor, LARGEST } from './claims';
import type { Command } from './protocol';

export type Claims = Record<string, unknown>;

/** What the scripts of one run change of the tokens and of the user. All of it is JSON: it waits in the store for the code to be redeemed. */
export interface Changes {
  idToken: Claims;
  accessToken: Claims;
  /** In order: what is added, taken away, or set as a whole. */
  scopes: { add?: string; remove?: string; set?: string[] }[];
}

export const noChanges = (): Changes => ({ idToken: {}, accessToken: {}, scopes: [] });

/** Told of claims that are not taken, and of names that are unwise. */
export interface ClaimReporter {
  dropped(token: 'ID token' | 'access token', claim: string, reason: string): void;
  hint(reason: string): void;
}

/** Notes a script's wish, if it is one about tokens. */
export function note(changes: Changes, { method, args }: Command, report: ClaimReporter): void {
  const [first, second] = args;
  const name = String(first);
  if (method === 'idToken.setCustomClaim') claim(changes, 'idToken', name, second, report);
  if (method === 'accessToken.setCustomClaim') claim(changes, 'accessToken', name, second, report);
  if (method === 'accessToken.addScope') changes.scopes.push({ add: name });
  if (method === 'accessToken.removeScope') changes.scopes.push({ remove: name });
  if (method === 'accessToken.setScope') changes.scopes.push({ set: (first as string[]).map(String) });
}

function claim(
  changes: Changes,
  token: 'idToken' | 'accessToken',
  name: string,
  value: unknown,
  report: ClaimReporter,
): void {
  const why = droppedBecause(name);
  if (why !== undefined) {
    report.dropped(token === 'idToken' ? 'ID token' : 'access token', name, why);
    return;
  }
  const hint = hintFor(name);
  if (hint) report.hint(hint);
  // undefined takes a claim back that was set before.
  if (value === undefined) delete changes[token][name];
  else changes[token][name] = value;
}

/** @returns which token has more custom claims than a real tenant puts into one, with their size. */
export function tooLarge({ idToken, accessToken }: Changes): string | undefined {
  for (const [label, claims] of [
    ['ID token', idToken],
    ['access token', accessToken],
  ] as const) {
    const size = Buffer.byteLength(JSON.stringify(claims));
    if (size > LARGEST)
      return `the custom claims of the ${label} have ${Math.ceil(size / 1024)} KB, and at most ${LARGEST / 1024} are possible`;
  }
  return undefined;
}

/** The scopes that a token has in the end: what was granted, with the scripts' changes in their order. */
export function changedScopes(granted: string | undefined, { scopes }: Changes): string | undefined {
  if (scopes.length === 0) return granted;
  let now = new Set(granted?.split(' ').filter(Boolean));
  for (const { add, remove, set } of scopes) {
    if (set) now = new Set(set);
    if (add !== undefined) now.add(add);
    if (remove !== undefined) now.delete(remove);
  }
  return [...now].join(' ') || undefined;
}
