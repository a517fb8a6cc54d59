import { type Browser, forms, links, type Page } from '../browser';
import type { TestEnvironment } from './test-environment';

const LOGIN = /log-?in|sign-?in|auth/i;

/** Whether a page has a link or a form that begins a login: the browser follows them. The menu of a page does not count,
 * if the page marks its main part. */
export async function offersLogin(on: TestEnvironment, browser: Browser, page: Page): Promise<boolean> {
  const { origin } = new URL(on.app);
  const tenant = new URL(on.tenant.issuer).origin;
  const begins = ({ headers: { location }, url }: Page) =>
    location !== undefined && new URL(location, url).origin === tenant;
  for (const link of links(page, { main: true }))
    if (link.origin === origin && begins(await browser.get(link, { within: origin }))) return true;
  for (const form of forms(page)) {
    const isLogin =
      LOGIN.test(form.action.pathname) || form.buttons.some(({ text }) => /log in|sign in/i.test(text));
    if (isLogin && begins(await browser.submit(page, form, {}, { within: origin }))) return true;
  }
  return false;
}
