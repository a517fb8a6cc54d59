import { membersOf } from '../../lib/json';
import { mask } from '../../recorder';
import { kindOf, pairsOf } from '../wire/kind';
import type { Entry } from '../wire/types';
import type { Wire } from '../wire/wire';
import { partsOf } from './kind';

const NAMES = ['access_token', 'id_token', 'refresh_token'] as const;
const MOST = 30;

/** Tokens of the token endpoint's answers, newest first, without their values. */
export function seenTokens(wire: Wire) {
  return wire.entries
    .toReversed()
    .flatMap((entry) => {
      const found = tokensIn(entry);
      if (found.length === 0) return [];
      const who = [holder(entry), grant(entry)].filter(Boolean).join(', by ');
      const time = new Date(entry.message.at).toLocaleTimeString('en-GB');
      const { n } = entry;
      return found.map(({ name, token }) => ({
        key: `${n}.${name}`,
        name,
        n,
        time,
        who,
        masked: mask(token),
      }));
    })
    .slice(0, MOST);
}

/** @param key of a seen token. */
export function seenToken(wire: Wire, key: string): string | undefined {
  const [, n, name] = /^([1-9]\d{0,8})\.(\w+)$/.exec(key) ?? [];
  const entry = wire.get(Number(n));
  return entry && tokensIn(entry).find((one) => one.name === name)?.token;
}

/** The member of a token endpoint's answer that contained a token, if it was seen. */
export function seenAs(wire: Wire, token: string): string | undefined {
  for (const entry of wire.entries.toReversed()) {
    const found = tokensIn(entry).find((one) => one.token === token);
    if (found) return found.name;
  }
  return undefined;
}

function tokensIn({ message }: Entry): { name: string; token: string }[] {
  if (message.status !== 200 || kindOf(message) !== 'token') return [];
  const members = membersOf(message.responseBody);
  return NAMES.flatMap((name) => {
    const token = members[name];
    return typeof token === 'string' && token !== '' ? [{ name, token }] : [];
  });
}

function grant({ message }: Entry): string | undefined {
  const type = String(message.requestHeaders['content-type'] ?? '');
  return pairsOf(message.requestBody, type).find(([name]) => name === 'grant_type')?.[1];
}

/** The subject of an answer's tokens: the ID token's name, or a `sub`. */
function holder(entry: Entry): string {
  const claims = tokensIn(entry).map(({ token }) => partsOf(token)?.claims ?? {});
  const first = (name: string) => claims.map((one) => one[name]).find((one) => typeof one === 'string');
  return String(first('name') ?? first('email') ?? first('sub') ?? 'somebody');
}
