import { annotateBearer, annotateToken } from './findings-back';
import { annotateAuthorize, annotateCallback } from './findings-front';
import { headerOf, kindOf, locationOf } from './kind';
import type { Annotation, Entry, Known } from './types';

/** What is wrong or missing in a message. In a message that somebody sent by hand, it is no mistake of the app, and often
 * left out on purpose: then each is a note. */
export function annotationsOf(wire: Known, entry: Entry): Annotation[] {
  const marks = marksOf(wire, entry);
  return isByHand(entry) ? marks.map((mark) => ({ ...mark, level: 'note' })) : marks;
}

/** Whether curl sent it, as the commands of the lessons do. */
const isByHand = ({ message }: Entry): boolean => /^curl\//.test(headerOf(message, 'user-agent'));

function marksOf(wire: Known, entry: Entry): Annotation[] {
  const { message } = entry;
  switch (kindOf(message)) {
    case 'authorize':
      return annotateAuthorize(wire, entry);
    case 'callback':
      return annotateCallback(wire, entry);
    case 'token':
      return annotateToken(wire, entry);
    case 'api':
    case 'userinfo':
      return annotateBearer(wire, entry);
    case 'login':
      return isStopped(wire, entry) ? annotateAuthorize(wire, entry) : [];
    default:
      return [];
  }
}

/** Checks read the app's redirect without following it. The request is annotated at the redirect then. */
function isStopped(wire: Known, { message, checks }: Entry): boolean {
  const location = locationOf(message);
  if (!checks || location?.pathname !== '/authorize') return false;
  const all = [...checks].flatMap((key) => wire.check(key)?.entries ?? []);
  return !all.some((one) => one.message.url.href === location.href);
}
