import type { Finding } from '../../shared/checks/diagnosis';
import type { Message } from '../../shared/recorder';

/** A finding's words that speak of messages, and whether the recording bears them out. */
interface Claim {
  /** Found in what was seen, or in the cause. */
  words: RegExp;
  holds(found: RegExpExecArray, messages: readonly Message[]): boolean;
}

const at = (path: string) => (message: Message) => message.url.pathname === path;
const toApp = ({ from, to }: Message) => from === 'browser' && to === 'app';
const toAuthorize = ({ to, url }: Message) => to === 'tenant' && url.pathname === '/authorize';
const pathOf = (text: string) => new URL(text, 'http://localhost').pathname;

const CLAIMS: Record<string, Claim> = {
  'a route that is missing was not answered': {
    words: /the app has no route (\/\w+)/,
    holds: ([, path = ''], messages) => {
      const asked = messages.filter(toApp).filter(at(path));
      return asked.length > 0 && asked.every(({ status }) => status === 404);
    },
  },
  'an answer was given with its status': {
    words: /\b(GET|POST) (\S*\/\S*) answered (\d{3})/,
    holds: ([, method, path = '', status], messages) =>
      messages.some(
        (one) => one.method === method && one.url.pathname === pathOf(path) && one.status === Number(status),
      ),
  },
  'a page was reached with the status that is named': {
    words: /GET \/\S* ended at (\/\S*) with (\d{3})/,
    holds: ([, path = '', status], messages) =>
      messages.filter(toApp).some((one) => at(path)(one) && one.status === Number(status)),
  },
  'a page answered with the status that is named': {
    words: /^it answered (\d{3})/,
    holds: ([, status], messages) => messages.some((one) => toApp(one) && one.status === Number(status)),
  },
  'a scope that is said to be granted was granted': {
    words: /the tenant granted ([\w: ]+)$/,
    holds: ([, scope = ''], messages) =>
      messages.some(({ responseBody }) => responseBody.includes(`"scope":"${scope}"`)),
  },
  'a parameter that is absent is not there': {
    words: /the app does not send (\w+)/,
    holds: ([, name = ''], messages) =>
      locationsTo('/authorize', messages).some((url) => !url.searchParams.has(name)),
  },
  'a parameter has the value that is shown': {
    words: /^(response_type|client_id|redirect_uri|audience)=(\S+)$/,
    holds: ([, name = '', value], messages) =>
      locationsTo('/authorize', messages).some((url) => url.searchParams.get(name) === value),
  },
  'a tenant that refused did refuse': {
    words: /the tenant’s log: (token|authorization) refused/,
    holds: ([, what], messages) =>
      what === 'token'
        ? messages.some(
            ({ to, url, status }) => to === 'tenant' && url.pathname === '/oauth/token' && status >= 400,
          )
        : messages.some((one) => toAuthorize(one) && (one.status >= 400 || hasError(one))),
  },
  'an API without a request got none that it accepted': {
    words: /the API got no request$/,
    holds: (_, messages) =>
      !messages.some(({ from, to, status }) => from === 'app' && to === 'api' && status < 300),
  },
  'an API answered with the status that is named': {
    words: /the API answered (\d{3})/,
    holds: ([, status], messages) =>
      messages.some(({ from, to, status: was }) => from === 'app' && to === 'api' && was === Number(status)),
  },
  'a token endpoint without a request got none': {
    words: /never asked \/oauth\/token/,
    // Later logins are experiments of the check, which finds out by them what was wrong in the first.
    holds: (_, messages) => {
      const second = messages.filter((one) => toApp(one) && at('/login')(one))[1];
      const first = messages.slice(0, second ? messages.indexOf(second) : undefined);
      return !first.some((one) => at('/oauth/token')(one) && /authorization_code/.test(one.requestBody));
    },
  },
  'a form that is said to be accepted was accepted': {
    words: /the form was sent|; the form of \S+ was sent/,
    holds: (_, messages) => messages.some((one) => isForm(one) && one.status < 400),
  },
  'a form that a handler did not read was not refused for its origin': {
    words: /the app did not read the body of POST (\S+)/,
    holds: ([, path = ''], messages) => {
      const sent = messages.filter((one) => isForm(one) && at(path)(one));
      return sent.length > 0 && sent.every(({ requestHeaders: { origin } }) => origin !== 'null');
    },
  },
  'a form that hid its origin was refused, and gets another answer with it': {
    words: /which sent Origin: null/,
    holds: (_, messages) => {
      const sent = messages.filter(isForm);
      const refused = sent.find(({ requestHeaders: { origin } }) => origin === 'null')?.status ?? 0;
      return (
        refused >= 400 &&
        sent.some(({ requestHeaders: { origin }, status }) => origin !== 'null' && status !== refused)
      );
    },
  },
  'an API that got no change got none': {
    words: /the API got no (POST|DELETE)/,
    holds: ([, method], messages) =>
      !messages.some((one) => one.from === 'app' && one.to === 'api' && one.method === method),
  },
  'a tenant that was asked nothing was asked nothing': {
    words: /the app asked the tenant nothing/,
    holds: (_, messages) => !messages.some(({ from, to }) => from === 'app' && to === 'tenant'),
  },
  'a refresh that was not sent was not sent': {
    words: /the app sent no refresh/,
    holds: (_, messages) =>
      !messages.some(
        ({ to, requestBody }) => to === 'tenant' && /grant_type=refresh_token/.test(requestBody),
      ),
  },
};

const isForm = (one: Message) => toApp(one) && one.method === 'POST';
const hasError = ({ responseHeaders: { location } }: Message) => /[?&#]error=/.test(String(location ?? ''));

/** The addresses of a path to which somebody was sent, or that were asked for. */
function locationsTo(path: string, messages: readonly Message[]): URL[] {
  const all = messages.flatMap(({ url, responseHeaders: { location } }) => [
    url,
    ...(typeof location === 'string' && URL.canParse(location, url) ? [new URL(location, url)] : []),
  ]);
  return all.filter(({ pathname }) => pathname === path);
}

/**
 * What a finding claims, and whether the messages of its check contradict it.
 *
 * @returns the names of the claims that it makes, and those that do not hold.
 */
export function claimsOf(
  { seen, cause }: Finding,
  messages: readonly Message[],
): { made: string[]; contradicted: string[] } {
  const made = Object.entries(CLAIMS).flatMap(([name, { words, holds }]) => {
    const found = words.exec(seen) ?? words.exec(cause);
    return found ? [{ name, holds: holds(found, messages) }] : [];
  });
  return {
    made: made.map(({ name }) => name),
    contradicted: made.filter((one) => !one.holds).map(({ name }) => name),
  };
}
