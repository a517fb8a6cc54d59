import type { SessionOptions } from 'express-session';
import type { Config } from './config';
import type { StoreConfig } from './store-config';

/** How the browser stores the session's identifier, and how long a session lives that nobody uses. */
export function sessionCookie(config: Config, { idleSeconds }: StoreConfig): Partial<SessionOptions> {
  const secure = config.baseUrl.protocol === 'https:';
  return {
    // BEGIN SOLUTION 7.5
    // STUB // Task 7.5: a cookie that no other host can set
    // STUB name: 'app.sid',
    // The prefix makes browsers refuse a cookie that another host set, or a page without https.
    name: secure ? '__Host-app.sid' : 'app.sid',
    // END SOLUTION
    // BEGIN SOLUTION 7.4
    // STUB // Task 7.4: the idle lifetime
    // Each answer sends the cookie again, so it ends with the session: maxAge is in milliseconds.
    rolling: true,
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: idleSeconds * 1000 },
    // END SOLUTION
  };
}
