import type { Request } from 'express';

const callbacks = new Map<string, Promise<string>>();
/** Milliseconds for which the result of a callback is remembered. */
const REMEMBERED_FOR = 30_000;

/**
 * Attack: a callback is sent twice, by a double click, an impatient reload, or whoever saw its address. A code that is redeemed twice ends the
 * tokens that it brought (RFC 6749, section 4.1.2).
 * Protection: the callback is worked on once, and every request for it gets its result, a path. Requests that run at the same time see the same
 * session, and one that comes a little later still has the cookie from before the login: so the key has the cookies that were sent. It is
 * remembered in this process; at another one the code is refused, and nobody is logged in by it.
 */
export function once(req: Request, work: () => Promise<string>): Promise<string> {
  const key = `${req.headers.cookie} ${req.query.state}`;
  const known = callbacks.get(key);
  if (known) return known;
  const result = work();
  callbacks.set(key, result);
  const forget = () => callbacks.delete(key);
  result.then(() => setTimeout(forget, REMEMBERED_FOR).unref(), forget);
  return result;
}
