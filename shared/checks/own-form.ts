import { type Browser, type Form, gist, type Page, text } from '../browser';
import { policyOf } from '../browser/referrer';
import { Diagnosis, type Found, OWN_FORM_REFUSED, OWN_ORIGIN_REFUSED } from './diagnosis';
import type { TestEnvironment } from './test-environment';
import { chainsSince } from './thrown';

/** Sends a form of the app's own page.
 * @throws Diagnosis when the app itself refuses it with 4xx, before it calls the tenant or the API. */
export async function submitOwn(
  on: TestEnvironment,
  browser: Browser,
  page: Page,
  form: Form,
  values: Record<string, string> = {},
): Promise<Page> {
  const { messages } = on.recorder;
  const before = messages.length;
  const reported = on.watched.app?.events.length ?? 0;
  const answer = await browser.submit(page, form, values);
  const [sent, ...after] = messages.slice(before);
  const isOwn = sent?.to === 'app' && sent.method === 'POST' && form.action.origin === page.url.origin;
  if (!isOwn || sent.status < 400 || sent.status > 499) return answer;
  if (after.some(({ from }) => from === 'app')) return answer;
  const seen = `POST ${sent.url.pathname} answered ${sent.status} to the form of ${page.url.pathname}`;
  const found = {
    expected: `the app accepts the form of its own page ${page.url.pathname}`,
    of: [sent, page],
    seen,
  };
  if (sent.requestHeaders.origin === 'null') {
    const { origin } = page.url;
    await browser.submit(page, form, values, { headers: { origin } });
    const again = messages.slice(before + 1).find((one) => one.method === 'POST' && one.to === 'app');
    if (again && again.status !== sent.status)
      throw new Diagnosis({
        ...found,
        id: OWN_ORIGIN_REFUSED,
        seen: `${seen}, which sent Origin: null; with Origin: ${origin} the same form got ${again.status}`,
        cause: `the page comes with Referrer-Policy: ${policyOf(page)}, under which a browser sends Origin: null with its forms: the app compares Origin, and takes its own page for a foreign one`,
        next: 'send Referrer-Policy: same-origin, which hides the address from other sites as well. Do not accept Origin: null: foreign pages can send it, too',
      });
  }
  throw new Diagnosis({ ...found, ...whyFormRefused(on, reported, form, answer) });
}

function whyFormRefused(
  on: TestEnvironment,
  reported: number,
  form: Form,
  answer: Page,
): Pick<Found, 'id' | 'cause' | 'next'> {
  const id = OWN_FORM_REFUSED;
  const { pathname } = form.action;
  const words = gist(answer).slice(0, 120);
  if (answer.status === 404 || answer.status === 405)
    return {
      id,
      cause: `no handler takes POST ${pathname}, or the one that does finds nothing there`,
      next: `compare the form’s action and method with the routes: router.post('${pathname}', …)`,
    };
  if ([text(answer), ...chainsSince(on.watched, reported)].some((one) => /csrf|xsrf/i.test(one))) {
    const hidden = Object.keys(form.fields).filter((name) => /csrf|xsrf|token/i.test(name));
    return {
      id,
      cause:
        hidden.length > 0
          ? `the app does not accept the CSRF token that its own page sends in ${hidden.join(', ')}: it is compared with another one, or the field is called otherwise there`
          : 'the app asks for a CSRF token, and the form of its own page has no field with one',
      next: 'put the token of this session into a hidden field of each form, under the name that the app compares',
    };
  }
  return {
    id,
    cause: `the app refuses what its own page sends, before it calls anybody${words ? `; it says: ${words}` : ''}`,
    next: `look at what runs before the handler of POST ${pathname}, and at what the handler compares first`,
  };
}
