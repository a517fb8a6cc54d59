import { cookiesOf, rewritten, type TestEnvironment, withCookies } from '../../../shared/checks';
import type { LoggedIn } from './two-users';

/**
 * The first cookie by which a user opens a page of another role, and remains who they are: then the app reads the role from the cookie, which
 * every user can write. The cookie of a session makes the user another one, or nobody.
 */
export async function roleCookie(
  on: TestEnvironment,
  path: string,
  { assistant, manager }: { assistant: LoggedIn; manager: LoggedIn },
): Promise<string | undefined> {
  const url = `${on.app}${path}`;
  const own = await cookiesOf(assistant.browser, url);
  const values = [
    ...rewritten(own, [[roleOf(assistant), roleOf(manager)]]),
    ...(await cookiesOf(manager.browser, url)),
  ];
  for (const { name, headers } of withCookies(own, values)) {
    const opened = await fetch(url, { headers, redirect: 'manual' });
    if (opened.status !== 200) continue;
    const profile = await (await fetch(`${on.app}/profile`, { headers, redirect: 'manual' })).text();
    if (profile.includes(assistant.user.email) && !profile.includes(manager.user.email)) return name;
  }
  return undefined;
}

const roleOf = ({ user }: LoggedIn) => user.roles[0] ?? '';
