import { AT_LOGIN } from '../browser';
import type { Cause } from './diagnosis';
import type { TestEnvironment } from './test-environment';
import type { SampleLogin } from './types';

/** Why the browser of a login did not send the app's cookie: the browser refused it, or it expired meanwhile. */
export function whyCookieLost(on: TestEnvironment, { browser }: SampleLogin): Cause | undefined {
  const lost = browser.lostCookies.find(({ origin }) => origin === new URL(on.app).origin);
  if (!lost) return undefined;
  const { name, refused, lifetime = 0 } = lost;
  if (refused !== undefined) {
    return {
      id: 'cookie-refused',
      cause: `the app set the cookie ${name}, and no browser stores it: ${refused}`,
      next: /SameSite=None/.test(refused)
        ? "set sameSite: 'lax' for the session’s cookie: the tenant leads back by a link, which Lax lets through"
        : `change the attributes of ${name}, so that a browser stores it`,
    };
  }
  return {
    id: 'cookie-expired',
    cause: `the app’s cookie ${name} lives ${seconds(lifetime)} and was gone when the user came back from the login page: a person takes about ${seconds(AT_LOGIN)} there. maxAge of Express is in milliseconds, Max-Age of the header in seconds`,
    next: 'let the cookie live as long as a session does: maxAge: 24 * 60 * 60_000 is a day',
  };
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
