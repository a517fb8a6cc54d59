import {
  type Cause,
  check,
  expectThat,
  type Form,
  forms,
  links,
  NotApplicable,
  type Page,
  submitOwn,
  type TestEnvironment,
  text,
} from '../../../shared/checks';
import type { Message } from '../../../shared/recorder';
import { bobLoggedIn, callsToApi, loggedInAs, notAsked, withFault } from './failing-api';

/** As people write: with letters of two bytes, and with what HTML takes for markup. */
const TITLE = 'Look at what the API got: Zähne <i>& more</i>';

/** The list, and its form for a new appointment: the one with a field for the title. */
async function formToAdd(
  on: TestEnvironment,
  browser: Awaited<ReturnType<typeof bobLoggedIn>>,
): Promise<{ page: Page; form: Form }> {
  const page = await browser.get(`${on.app}/appointments`);
  expectThat(page.status === 200, () => notAsked(on, page));
  const form = forms(page).find(({ method, fields }) => method === 'POST' && 'title' in fields);
  if (form === undefined)
    throw new NotApplicable('the page /appointments has no form with a field named title');
  return { page, form };
}

const formToDelete = (list: Page): Form | undefined =>
  forms(list).find(
    ({ method, buttons }) =>
      method === 'POST' && buttons.some((one) => /delete|cancel|remove/i.test(one.text)),
  );

const linkToDelete = (list: Page): URL | undefined =>
  links(list).find(
    ({ origin, pathname }) => origin === list.url.origin && /delete|remove|cancel/i.test(pathname),
  );

/** What one press of a button made the API hear, and the page after it. */
async function press(on: TestEnvironment, method: string, work: () => Promise<Page>) {
  const before = callsToApi(on).length;
  const page = await work();
  return {
    page,
    call: callsToApi(on)
      .slice(before)
      .find((one) => one.method === method),
  };
}

describe('03 Call your API: changes', () => {
  check('3.appointment-added', '3.2', 'an appointment can be added through the API', async (on) => {
    const browser = await bobLoggedIn(on);
    const { page: list, form } = await formToAdd(on, browser);
    const { page, call } = await press(on, 'POST', () =>
      submitOwn(on, browser, list, form, { title: TITLE, startsAt: '2026-12-01T10:30' }),
    );
    expectThat(call !== undefined && call.status < 300, () => ({
      expected: 'POST /appointments at the API, which answers 201',
      of: [call, page],
      seen: `the form led to ${page.status}, and the API ${call ? `answered ${call.status} to POST ${call.url.pathname}` : 'got no POST'}`,
      next: 'compare what is sent with the API’s description in the lesson',
      ...whyNotAdded(call),
    }));
    expectThat(page.status >= 400 || !page.body.includes(TITLE), () => ({
      id: 'title-not-escaped',
      expected: 'the page shows the title as text',
      of: [page, call],
      seen: `the title ${TITLE} is in the HTML as it was entered`,
      cause:
        'what somebody entered becomes markup of the page: with a script in the title it runs in the browser of each user who sees the list (cross-site scripting)',
      next: 'let the template escape the title: &lt; for <, &amp; for &; in Pug = and #{…} do, != and !{…} do not',
    }));
    expectThat(page.status < 400 && text(page).includes(TITLE), () => ({
      id: 'added-not-shown',
      expected: 'after it the list, with the new appointment',
      of: [page, call],
      seen: `the API answered ${call.status}, and the form led to ${page.status} at ${page.url.pathname} without it`,
      cause: 'the API has the appointment, but the app fails after the API’s answer',
      next: 'redirect to /appointments once the API has answered 201',
    }));
  });

  check('3.appointment-deleted', '3.2', 'an appointment can be deleted through the API', async (on) => {
    // Who may delete everything: from step 05 on roles decide, and Bob may not.
    const browser = await loggedInAs(on, on.user);
    const { page: list } = await formToAdd(on, browser);
    const form = formToDelete(list);
    const link = form ? undefined : linkToDelete(list);
    const followed = link && (await press(on, 'DELETE', () => browser.get(link)));
    expectThat(followed?.call === undefined, () => ({
      id: 'deleted-by-get',
      expected: 'a form with method="post" for each appointment',
      of: [followed?.call, followed?.page],
      seen: `GET ${link?.pathname} deleted an appointment`,
      cause:
        'a link deletes. So does everything that follows links: a prefetch, a crawler, an image on another site with this address',
      next: 'let a form with method="post" delete, and answer GET without changing anything (RFC 9110, section 9.2.1)',
    }));
    if (form === undefined) throw new NotApplicable('the page /appointments has no button to delete one');
    const { page, call } = await press(on, 'DELETE', () => submitOwn(on, browser, list, form));
    expectThat(call?.status === 204, () => ({
      id: 'not-deleted',
      expected: 'DELETE /appointments/ID at the API, which answers 204',
      of: [call, page],
      seen: `the form led to ${page.status}, and the API ${call ? `answered ${call.status} to DELETE ${call.url.pathname}` : 'got no DELETE'}`,
      cause: 'the call is made with another method or path, or not at all',
      next: 'let the same function make all calls: the method and the path are its parameters',
    }));
    expectThat(page.status < 400, () => ({
      id: 'empty-answer-read',
      expected: 'after it the list, without the appointment',
      of: [page, call],
      seen: `the API answered 204, and the form led to ${page.status}`,
      cause:
        'the appointment is deleted, and the user sees a failure. 204 means that there is no body, so parsing it as JSON fails',
      next: 'look at the status before you call response.json()',
    }));
  });
});

describe('03 Call your API: changes that the API refuses', () => {
  check('3.change-refused', '3.3', 'a change that the API refuses is reported to the user', async (on) => {
    const browser = await loggedInAs(on, on.user);
    const { page: list, form } = await formToAdd(on, browser);
    const buttons: [string, Form | undefined][] = [
      ['POST', form],
      ['DELETE', formToDelete(list)],
    ];
    for (const [method, button] of buttons) {
      if (button === undefined) continue;
      const fields = method === 'POST' ? { title: TITLE, startsAt: '2026-12-01T10:30' } : {};
      const { page, calls } = await withFault(
        on,
        { status: 500, body: 'Internal error' },
        () => browser.submit(list, button, fields),
        { meets: (one) => one === method },
      );
      const call = calls.find((one) => one.method === method);
      // Without the call there is no refusal: what is missing is found by the checks of the changes.
      if (call === undefined) continue;
      const afresh = await browser.get(`${on.app}/appointments`);
      expectThat(page.status >= 400 || text(page) !== text(afresh), () => ({
        id: 'refused-change-hidden',
        expected: `a page that says that the change failed, after the API answered 500 to ${method} ${call.url.pathname}`,
        of: [page, call],
        seen: `the form led to ${page.status} at ${page.url.pathname}, as if the change had been made`,
        cause:
          'the app answers the user before the API has answered, because await is missing before the call, or it does not look at the status of the answer',
        next: 'await the call in the route, and redirect to the list only after the API has accepted the change',
      }));
    }
  });
});

/** Whether JSON with a letter beyond ASCII lacks its end. */
function isCutOff(body: string): boolean {
  try {
    JSON.parse(body);
    return false;
  } catch {
    return body.startsWith('{') && !body.endsWith('}') && Buffer.byteLength(body) > body.length;
  }
}

function whyNotAdded(call: Message | undefined): Cause {
  if (call === undefined)
    return { id: 'not-added', cause: 'the API is called with another method, or not at all' };
  if (call.status === 401 && call.requestHeaders.authorization === undefined) {
    return {
      id: 'change-without-token',
      cause:
        'this call has no Authorization header, and the API answered 401: the access token goes with each call, also with one that has a body',
      next: 'let one function make all calls, so that the header is set in one place',
    };
  }
  const type = String(call.requestHeaders['content-type'] ?? 'none');
  if (!/^application\/json\b/.test(type)) {
    return {
      id: 'no-content-type',
      cause: `the body is sent with Content-Type ${type}: fetch does not mark a string as JSON, and the API does not read a body without that type`,
      next: "send 'Content-Type': 'application/json' with every body",
    };
  }
  if (call.requestBody === '')
    return {
      id: 'no-body',
      cause: 'the call has no body: fetch sends what is in body, and nothing by itself',
    };
  const length = call.requestHeaders['content-length'];
  if (length !== undefined && isCutOff(call.requestBody))
    return {
      id: 'length-in-characters',
      cause: `the API got half of the JSON: Content-Length is ${length}, most likely the number of characters, and letters such as ä have more than one byte in UTF-8`,
      next: 'leave Content-Length to the client, or count with Buffer.byteLength(body)',
    };
  return {
    id: 'not-added',
    cause: `the API does not accept it as an appointment: ${call.responseBody.slice(0, 200)}`,
  };
}
