import type { Browser } from '../browser';

type Cookies = Map<string, string>;

/** The cookies that a browser sends to an address, by name. */
export async function cookiesOf(browser: Browser, url: string): Promise<Cookies> {
  const pairs = (await browser.cookies(url)).split('; ').filter((pair) => pair.includes('='));
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** A request header in which one cookie has another value. */
export interface ForgedCookie {
  name: string;
  headers: { cookie: string };
}

/** Each cookie in turn with another value. A signed or encrypted value is invalid once it is changed. */
export function withCookies(own: Cookies, values: readonly (readonly [string, string])[]): ForgedCookie[] {
  return values
    .filter(([name, value]) => own.get(name) !== value)
    .map(([name, value]) => ({
      name,
      headers: { cookie: [...new Map(own).set(name, value)].map((pair) => pair.join('=')).join('; ') },
    }));
}

/** A user's cookies, each with a word replaced, as anyone can who reads it: percent-encoded, base64 or base64url. */
export function rewritten(own: Cookies, words: readonly (readonly [string, string])[]): [string, string][] {
  return [...own].flatMap(([name, value]) =>
    ENCODINGS.flatMap(({ decode, encode }) => {
      const text = decode(value);
      return words.flatMap(([from, to]): [string, string][] =>
        text.includes(from) ? [[name, encode(text.replaceAll(from, to))]] : [],
      );
    }),
  );
}

const ENCODINGS = [
  { decode: percentDecoded, encode: encodeURIComponent },
  ...(['base64', 'base64url'] as const).map((encoding) => ({
    decode: (value: string) => Buffer.from(percentDecoded(value), encoding).toString(),
    encode: (text: string) => encodeURIComponent(Buffer.from(text).toString(encoding)),
  })),
];

function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
