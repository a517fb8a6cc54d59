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

/** The first of some tokens that the bytes of a store contain, as they are or encoded. */
export function tokenIn(stored: Buffer, tokens: Record<string, string | undefined>): StoredToken | undefined {
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
  for (const name of ['access_token', 'refresh_token', 'id_token']) {
    const token = tokens[name];
    if (token === undefined || token.length < SHORTEST) continue;
    const found = readings.find(([, reading]) => reading.includes(token));
    if (found) return { name: name.replace('_', ' '), how: found[0] };
  }
  return undefined;
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
