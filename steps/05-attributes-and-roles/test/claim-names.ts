import { AUDIENCE, type TestEnvironment, text } from '../../../shared/checks';
import type { LoggedIn } from './two-users';

/** A claim that an app shows, though the tenant issues none of that name. */
export interface OtherName {
  /** What the app reads. */
  read: string;
  /** What the ID token has. */
  issued: string;
}

/**
 * By which other name an app reads a claim: the tenant gives each name that people take for it a value of its own, and the profile shows one.
 *
 * @param issued the names of the claims that the profile does not show.
 */
export async function otherNameOf(
  on: TestEnvironment,
  { user, idToken }: LoggedIn,
  issued: readonly string[],
): Promise<OtherName | undefined> {
  const tried = issued.flatMap((name) => namesLike(name).map((read) => ({ read, issued: name })));
  const marked = tried.map((one, i) => ({ ...one, mark: `value-${i}-x` }));
  const claims = Object.fromEntries(
    marked.map(({ read, issued: name, mark }) => [read, Array.isArray(idToken[name]) ? [mark] : mark]),
  );
  const browser = on.browser();
  on.tenantFaults.decide = ({ url }) =>
    url?.startsWith('/oauth/token') ? { forge: { id_token: { claims } } } : undefined;
  try {
    await on.logIn(browser, '/profile', user);
  } finally {
    on.tenantFaults.clear();
  }
  const shown = text(await browser.get(`${on.app}/profile`));
  return marked.find(({ mark }) => shown.includes(mark));
}

/** Names that people take for a claim: without the namespace, in the singular or plural, in another namespace. */
function namesLike(name: string): string[] {
  const last = name.replace(/^.*\//, '');
  const namespace = name.slice(0, -last.length);
  const other = last.endsWith('s') ? last.slice(0, -1) : `${last}s`;
  const namespaces = [
    '',
    namespace,
    `${namespace}/`,
    namespace.replace(/\/$/, ':'),
    namespace.replace(/^https/, 'http'),
    `${AUDIENCE}/`,
    `${new URL(AUDIENCE).origin}/`,
  ];
  const all = namespaces.flatMap((space) => [`${space}${last}`, `${space}${other}`]);
  return [...new Set(all)].filter((one) => one !== name);
}
