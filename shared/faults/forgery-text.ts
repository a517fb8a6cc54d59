import { printable } from '../lib/printable';
import { UserError } from '../lib/user-error';
import type { Forgery } from './forgery';

/** What can be forged, by the name that the command and the page have for it: what it is in words, and its place in a forgery. */
export const TARGETS: ReadonlyMap<string, { words: string; place: readonly string[] }> = new Map([
  ['id_token', { words: 'a claim of the ID token', place: ['id_token', 'claims'] }],
  ['id_token.header', { words: 'the header of the ID token', place: ['id_token', 'header'] }],
  ['access_token', { words: 'a claim of the access token', place: ['access_token', 'claims'] }],
  ['access_token.header', { words: 'the header of the access token', place: ['access_token', 'header'] }],
  ['answer', { words: 'the token endpoint’s answer', place: ['answer'] }],
  ['metadata', { words: 'the discovery document', place: ['metadata'] }],
  ['callback', { words: 'the redirect to the callback', place: ['callback'] }],
]);

const EXAMPLE = 'id_token.nonce=other';
const KEYS = new Map([
  ['id_token.key', 'id_token'],
  ['access_token.key', 'access_token'],
]);

/** Reads changes such as `id_token.nonce=other`. A name without a value is left out of the answer. A value that is
 * JSON counts as JSON. @throws UserError for a text that is none, naming what there is. */
export function parseForgery(texts: readonly string[], at?: string): Forgery {
  if (texts.length === 0) throw new UserError(`forge needs a change, as in forge ${EXAMPLE}.`);
  const forged: Record<string, unknown> = {};
  for (const text of texts) put(forged, text);
  if (at !== undefined) {
    if (at !== 'login' && at !== 'refresh')
      throw new UserError(`--at is login or refresh; "${printable(at)}" is neither.`);
    forged.at = at;
  }
  return forged as Forgery;
}

function put(forged: Record<string, unknown>, text: string): void {
  const [, left = '', right = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const keyOf = KEYS.get(left);
  if (keyOf !== undefined) {
    set(forged, [keyOf, 'key'], right);
    return;
  }
  // The longest name first: "id_token.header.kid" is of the header.
  const name = [...TARGETS.keys()]
    .sort((a, b) => b.length - a.length)
    .find((one) => left.startsWith(`${one}.`));
  const member = name === undefined ? '' : left.slice(name.length + 1);
  if (name === undefined || member === '')
    throw new UserError(
      `"${printable(text)}" is not a change. Write ${EXAMPLE}, or ${EXAMPLE.split('=')[0]}= to leave it out. There are ${[...TARGETS.keys(), ...KEYS.keys()].join(', ')}.`,
    );
  set(forged, [...(TARGETS.get(name)?.place ?? []), member], parsedValue(right, name));
}

function set(
  target: Record<string, unknown>,
  [first = '', ...rest]: readonly string[],
  value: unknown,
): void {
  const here = Object.hasOwn(target, first) ? target[first] : undefined;
  if (rest.length === 0) Object.defineProperty(target, first, { value, ...PLAIN });
  else {
    const next = (here ?? {}) as Record<string, unknown>;
    Object.defineProperty(target, first, { value: next, ...PLAIN });
    set(next, rest, value);
  }
}

/** A name comes from outside, and may be "__proto__". */
const PLAIN = { enumerable: true, writable: true, configurable: true };

function parsedValue(text: string, target: string): unknown {
  if (text === '') return null;
  if (target === 'callback') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function forgeryInWords(one: Forgery): string {
  const parts: [string, Record<string, unknown> | undefined][] = [
    ['ID token', one.id_token?.claims],
    ['ID token’s header', one.id_token?.header],
    ['access token', one.access_token?.claims],
    ['access token’s header', one.access_token?.header],
    ['token answer', one.answer],
    ['metadata', one.metadata],
    ['callback', one.callback],
  ];
  const words = parts.flatMap(([what, change]) =>
    Object.entries(change ?? {}).map(([name, value]) =>
      value === null
        ? `the ${what} without ${printable(name)}`
        : `the ${what} with ${printable(name)} ${printable(JSON.stringify(value))}`,
    ),
  );
  const keys = (['id_token', 'access_token'] as const).flatMap((token) =>
    one[token]?.key
      ? [`the ${token === 'id_token' ? 'ID' : 'access'} token signed with an unpublished key`]
      : [],
  );
  const at = one.at === undefined ? '' : ` at a ${one.at}`;
  return `forges${at}: ${[...words, ...keys].join(', ') || 'nothing'}`;
}
