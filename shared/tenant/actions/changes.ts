import { droppedBecause, hintFor, LARGEST } from './claims';
import type { Command } from './protocol';

export type Claims = Record<string, unknown>;

/** What the scripts of one run change in tokens; JSON, since it waits in the store until the code is redeemed. */
export interface Changes {
  idToken: Claims;
  accessToken: Claims;
  /** In order. */
  scopes: { add?: string; remove?: string; set?: string[] }[];
}

export const noChanges = (): Changes => ({ idToken: {}, accessToken: {}, scopes: [] });

/** Receives claims that are dropped, and hints about names. */
export interface ClaimReporter {
  dropped(token: 'ID token' | 'access token', claim: string, reason: string): void;
  hint(reason: string): void;
}

/** Records a command if it is about tokens. */
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
  // undefined removes a claim that was set before.
  if (value === undefined) delete changes[token][name];
  else changes[token][name] = value;
}

/** @returns which token's custom claims exceed a real tenant's limit, with their size. */
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

/** @param granted the scopes before the scripts' changes, which apply in order. */
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
