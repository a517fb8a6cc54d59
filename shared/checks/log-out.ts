import { type Browser, type Form, forms, links, type Page } from '../browser';
import { submitOwn } from './own-form';
import type { TestEnvironment } from './test-environment';

const LOGOUT = /log-?out|sign-?out|session\/end/i;

/** Logs out as the app offers it: at /logout, or by a form or a link on the user's pages. Says what was done. */
export async function logOut(on: TestEnvironment, browser: Browser): Promise<string> {
  const page = await browser.get(`${on.app}/logout`);
  // A page that asks may send its form anywhere; a form of the page after the logout is another matter.
  const asked =
    page.url.pathname === '/logout' ? forms(page).find(({ method }) => method === 'POST') : undefined;
  const form = formOf(page) ?? asked;
  if (form) {
    await submitOwn(on, browser, page, form);
    return 'the form was sent';
  }
  const answered = `GET /logout answered ${page.status} without a form`;
  if (page.status < 400) return answered;
  for (const path of ['/profile', '/']) {
    const offering = await browser.get(`${on.app}${path}`);
    const there = formOf(offering);
    if (there) {
      await submitOwn(on, browser, offering, there);
      return `${answered}; the form of ${path} was sent`;
    }
    const link = links(offering).find(({ pathname, search }) => LOGOUT.test(pathname + search));
    if (link) {
      await browser.get(link);
      return `${answered}; the link of ${path} to ${link.pathname} was followed`;
    }
  }
  return `${answered}, and no page has a form or a link for it`;
}

const formOf = (page: Page): Form | undefined =>
  forms(page).find(({ action }) => LOGOUT.test(action.pathname));
