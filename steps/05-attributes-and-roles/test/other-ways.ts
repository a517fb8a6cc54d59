import { gist, type Page, type TestEnvironment, text } from '../../../shared/checks';
import { claimsWith, type LoggedIn } from './two-users';

/** Whether a page gives what the page of another role gives, whatever its status says. */
export function carries(page: Page, entered: Page, assistant: LoggedIn, manager: LoggedIn): boolean {
  const [his, hers] = [wordsOf(normalised(page, assistant)), wordsOf(normalised(entered, manager))];
  // Her menu may name the page once more.
  if (his.size === hers.size && [...hers].every((word) => his.has(word))) return true;
  const common = wordsOf(text(assistant.page));
  const own = [...hers].filter((word) => !common.has(word));
  const given = wordsOf(gist(page));
  // Fewer words may stand on any page that says what is not allowed.
  return own.length >= 6 && own.every((word) => given.has(word));
}

const wordsOf = (words: string) => new Set(words.match(/\p{L}{3,}/gu) ?? []);

/** Without what a page says of the user. */
const normalised = (page: Page, { user }: LoggedIn): string =>
  [user.name, user.email, user.office, ...user.roles].reduce(
    (words, own) => words.replaceAll(own, ' '),
    gist(page),
  );

/** Addresses for which many routers take the same route as for a path. */
const spellings = (path: string) => [`${path}/`, path.toUpperCase(), `${path}?page=1`];

/** The first other spelling of the path at which somebody gets in who is refused at the path itself. */
export async function otherSpelling(
  on: TestEnvironment,
  path: string,
  assistant: LoggedIn,
): Promise<Page | undefined> {
  for (const spelling of spellings(path)) {
    const page = await assistant.browser.get(`${on.app}${spelling}`, { follow: false });
    if (page.status === 200) return page;
  }
  return undefined;
}

/** Logs in a user to whom the tenant gives other roles than before, and opens a page. */
export async function withRoles(
  on: TestEnvironment,
  path: string,
  { user, idToken }: LoggedIn,
  roles: readonly string[],
): Promise<Page> {
  const [name = ''] = claimsWith(idToken, user.roles[0] ?? '');
  const value = Array.isArray(idToken[name]) ? [...roles] : roles.join(' ');
  const browser = on.browser();
  on.tenantFaults.decide = ({ url }) =>
    url?.startsWith('/oauth/token') ? { forge: { id_token: { claims: { [name]: value } } } } : undefined;
  try {
    await on.logIn(browser, '/profile', user);
  } finally {
    on.tenantFaults.clear();
  }
  return browser.get(`${on.app}${path}`, { follow: false });
}

/** What a page says of its storing that lets others get it than those who may see it (RFC 9111, sections 3 and 5.2). */
export function storedForOthers({ headers }: Page): string | undefined {
  const control = String(headers['cache-control'] ?? '');
  if (/\b(no-store|private|no-cache)\b/i.test(control)) return undefined;
  return /\bpublic\b|\b(s-maxage|max-age)=["']?[1-9]/i.test(control) ? control : undefined;
}
