import Database from 'libsql';
import { cookiesOf, NotApplicable, type Site } from '../../../shared/checks';
import type { Login } from './site';

/** A token that is in the store, and how it is written there. */
export interface StoredToken {
  name: string;
  how: 'plain' | 'Base64' | 'hexadecimal digits' | 'percent-encoded text';
}

/** Characters of the shortest run that can contain a token. */
const SHORTEST = 20;

/** The tokens that the bytes of a store contain, as they are or encoded, and the names of those that they don't. */
export function tokensIn(
  stored: Buffer,
  tokens: Record<string, string | undefined>,
): { found: StoredToken[]; missing: string[] } {
  const text = stored.toString('latin1');
  const readings: [StoredToken['how'], string][] = [
    ['plain', text],
    ['Base64', decoded(text, /[A-Za-z0-9+/_-]{20,}/g, 'base64')],
    ['hexadecimal digits', decoded(text, /(?:[0-9a-f]{2}){20,}/gi, 'hex')],
    [
      'percent-encoded text',
      text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    ],
  ];
  const found: StoredToken[] = [];
  const missing: string[] = [];
  for (const [key, kind] of Object.entries(KINDS)) {
    const token = tokens[key];
    if (token === undefined || token.length < SHORTEST) continue;
    const reading = readings.find(([, one]) => contains(one, token));
    if (reading) found.push({ name: kind, how: reading[0] });
    // Many an app has no use for the ID token after the login, and stores none.
    else if (key !== 'id_token') missing.push(`the ${kind}`);
  }
  return { found, missing };
}

const KINDS = { access_token: 'access token', refresh_token: 'refresh token', id_token: 'ID token' };

/** Whether a text contains more than half of the pieces of a token. A database breaks a long value at the end of a page. */
function contains(text: string, token: string): boolean {
  const pieces = token.match(/.{40}/g) ?? [token];
  return pieces.filter((piece) => text.includes(piece)).length > pieces.length / 2;
}

/** Every run of some characters, decoded. A run may begin in the middle of a group of four. */
function decoded(text: string, runs: RegExp, encoding: 'base64' | 'hex'): string {
  const found = text.match(runs) ?? [];
  const offsets = encoding === 'base64' ? [0, 1, 2, 3] : [0, 1];
  return found
    .flatMap((run) => offsets.map((offset) => Buffer.from(run.slice(offset), encoding).toString('latin1')))
    .join('\n');
}

/** Copies the tokens of one session to another one, does some work, and takes that back.
 * @throws NotApplicable for a store that is not the embedded one of the workshop. */
export async function copiedTokens(
  site: Site,
  [from, to]: [Login, Login],
  work: () => Promise<void>,
): Promise<void> {
  if (site.file === undefined)
    throw new NotApplicable('only the records of the embedded store can be copied');
  const [one, other] = [await sessionOf(site, from), await sessionOf(site, to)];
  const database = new Database(site.file);
  try {
    database.pragma('busy_timeout = 2000');
    const read = (id: string) =>
      database.prepare(READ).get(id) as { version: number; value: string } | undefined;
    const write = (id: string, { version, value }: { version: number; value: string }) =>
      database.prepare(WRITE).run(version, value, id);
    const [tokens, before] = [read(one), read(other)];
    if (!tokens || !before)
      throw new NotApplicable('the store has no record of kind tokens under the identifier of the session');
    write(other, tokens);
    try {
      await work();
    } finally {
      write(other, before);
    }
  } finally {
    database.close();
  }
}

const READ = "SELECT version, value FROM records WHERE kind = 'tokens' AND id = ?";
const WRITE = "UPDATE records SET version = ?, value = ? WHERE kind = 'tokens' AND id = ?";

/** The identifier in the session's cookie, which express-session signs: s:ID.SIGNATURE. */
async function sessionOf(site: Site, { browser }: Login): Promise<string> {
  const cookies = await cookiesOf(browser, site.origin);
  const signed = [...cookies.values()].map(decodeURIComponent).find((value) => value.startsWith('s:'));
  if (signed === undefined) throw new NotApplicable('the app’s cookie is not one of express-session');
  return signed.slice(2).split('.')[0] ?? '';
}
