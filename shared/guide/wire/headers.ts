import { own } from '../../lib/own';
import { type Explained, explained, rfc } from './sources';

/** The purpose of a header that matters for a login or an API call; others are folded away. */
export function explainHeader(name: string): Explained | undefined {
  return own(HEADERS, name);
}

const HEADERS: Record<string, Explained> = {
  authorization: explained(
    'Who asks: "Bearer" and an access token for an API, "Basic" and the app’s own secret for the tenant.',
    rfc(6750, '2.1'),
  ),
  'www-authenticate': explained('Why the API refuses the token, and what it wants.', rfc(6750, '3')),
  cookie: explained('By which the receiver knows this browser again.', rfc(6265, '4.2')),
  'set-cookie': explained(
    'What the browser is to send from now on. HttpOnly keeps scripts away from it, SameSite other sites.',
    rfc(6265, '4.1'),
  ),
  location: explained('Where the browser goes on to.', rfc(9110, '10.2.2')),
  'content-type': explained('How the body is written.', rfc(9110, '8.3')),
  'cache-control': explained(
    'Whether anybody may keep a copy: of tokens nobody may (no-store).',
    rfc(6749, '5.1'),
  ),
  'retry-after': explained('Seconds to wait before asking again.', rfc(9110, '10.2.3')),
  origin: explained('The site whose page sends this.', rfc(6454, '7')),
};
