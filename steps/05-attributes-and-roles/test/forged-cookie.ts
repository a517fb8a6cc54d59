import type { TestEnvironment } from '../../../shared/checks';
import type { LoggedIn } from './two-users';

/** What a cookie of one user becomes when that user writes another role into it. */
interface Forgery {
  name: string;
  value: string;
}

/**
 * The first cookie by which a user opens a page of another role, and stays who they are: then the app reads the role from the cookie, which
 * every user can write. A session's cookie, or one that is signed or encrypted, makes the user another one, or nobody.
 */
export async function roleCookie(
  on: TestEnvironment,
  path: string,
  { assistant, manager }: { assistant: LoggedIn; manager: LoggedIn },
): Promise<string | undefined> {
  const url = `${on.app}${path}`;
  const [his, hers] = [await cookiesOf(assistant, url), await cookiesOf(manager, url)];
  for (const { name, value } of forgeries(his, hers, roleOf(assistant), roleOf(manager))) {
    const headers = { cookie: [...new Map(his).set(name, value)].map((pair) => pair.join('=')).join('; ') };
    const opened = await fetch(url, { headers, redirect: 'manual' });
    if (opened.status !== 200) continue;
    const profile = await (await fetch(`${on.app}/profile`, { headers, redirect: 'manual' })).text();
    if (profile.includes(assistant.user.email) && !profile.includes(manager.user.email)) return name;
  }
  return undefined;
}

async function cookiesOf({ browser }: LoggedIn, url: string): Promise<Map<string, string>> {
  const pairs = (await browser.cookies(url)).split('; ').filter((pair) => pair.includes('='));
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

const roleOf = ({ user }: LoggedIn) => user.roles[0] ?? '';

/** Each cookie of the other user beside or instead of one's own, and each of one's own with the other role written into it. */
function forgeries(
  own: Map<string, string>,
  others: Map<string, string>,
  ownRole: string,
  otherRole: string,
): Forgery[] {
  const taken = [...others].map(([name, value]) => ({ name, value }));
  const written = [...own].flatMap(([name, value]) =>
    ENCODINGS.flatMap(({ decode, encode }) => {
      const text = decode(value);
      return text.includes(ownRole) ? [{ name, value: encode(text.replaceAll(ownRole, otherRole)) }] : [];
    }),
  );
  return [...written, ...taken].filter(({ name, value }) => own.get(name) !== value);
}

/** How a cookie may hold readable text. */
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
