import { marksOfBearer, marksOfToken } from './findings-back';
import { marksOfAuthorize, marksOfCallback } from './findings-front';
import { kindOf, locationOf } from './kind';
import type { Entry, Known, Mark } from './types';

/** Finds what is missing or wrong. */
export function marksOf(wire: Known, entry: Entry): Mark[] {
  const { message } = entry;
  switch (kindOf(message)) {
    case 'authorize':
      return marksOfAuthorize(wire, entry);
    case 'callback':
      return marksOfCallback(wire, entry);
    case 'token':
      return marksOfToken(wire, entry);
    case 'api':
    case 'userinfo':
      return marksOfBearer(wire, entry);
    case 'login':
      return isStopped(wire, entry) ? marksOfAuthorize(wire, entry) : [];
    default:
      return [];
  }
}

/** A check looks at where the app sends the browser, and lets no browser go there: then the request is marked where the app made it. */
function isStopped(wire: Known, { message, checks }: Entry): boolean {
  const location = locationOf(message);
  if (!checks || location?.pathname !== '/authorize') return false;
  const all = [...checks].flatMap((key) => wire.check(key)?.entries ?? []);
  return !all.some((one) => one.message.url.href === location.href);
}
