import { EXIT, UserError } from '../../lib/user-error';
import type { Recorded, Recording } from '../../recorder/record';

/** A message with its number in the recording, counted from 1. */
export type Numbered = Recorded & { n: number };

export interface Part {
  messages: Numbered[];
  what: string;
}

/** All messages, with the numbers that `flow N` takes. */
export function numbered({ messages }: Recording): Numbered[] {
  return messages.map((message, i) => ({ ...message, n: i + 1 }));
}

/** What a person wants to see first: the messages of a failed check, or else one whole login, the newest after npm
 * start and the first, ordinary one of a check. */
export function mainPart(recording: Recording): Part {
  const all = numbered(recording);
  const failed = recording.checks.find(({ passed }) => !passed);
  const forFailed = all.filter(({ check }) => check !== undefined && check === failed?.id);
  if (failed && forFailed.length > 0)
    return { messages: forFailed, what: `check ${failed.id}, which did not pass` };
  const logins = loginsIn(all);
  const login = recording.checks.length > 0 ? logins[0] : logins.at(-1);
  if (login) return { messages: login, what: 'one login' };
  return { messages: all, what: 'all messages' };
}

/** @throws UserError when there was no such check, listing those of the recording. */
export function partOfCheck(recording: Recording, id: string): Part {
  const messages = numbered(recording).filter(({ check }) => check === id);
  if (messages.length > 0) return { messages, what: `check ${id}` };
  const known = recording.checks.map((one) => one.id);
  if (known.includes(id))
    throw new UserError(
      `Nothing was sent for check ${id}: it looks at messages that an earlier check caused. All messages: npm run workshop -- flow --all`,
      EXIT.notRightYet,
    );
  throw new UserError(
    known.length === 0
      ? `There is no check "${id}" in the recording: it is of ${recording.of}. Run npm run check first.`
      : `There is no check "${id}" in the recording of ${recording.of}. Its checks:\n${known.map((one) => `  ${one}\n`).join('')}`,
  );
}

/** Logins with a callback, each from GET /login to the message before the next one. If no messages between browser and
 * app were seen, each from /authorize to the token request. */
function loginsIn(all: Numbered[]): Numbered[][] {
  const seen = all.some(({ from, to }) => from === 'browser' && to === 'app');
  const begins = all.filter((one) =>
    seen ? at(one, 'browser', 'app', '/login') : at(one, 'browser', 'tenant', '/authorize'),
  );
  const pieces = begins.map(({ n }, i) => all.slice(n - 1, (begins[i + 1]?.n ?? all.length + 1) - 1));
  return pieces.filter((piece) =>
    piece.some((one) =>
      seen ? at(one, 'browser', 'app', '/callback') : at(one, 'app', 'tenant', '/oauth/token'),
    ),
  );
}

const at = ({ from, to, url }: Numbered, sender: string, receiver: string, path: string) =>
  from === sender && to === receiver && new URL(url).pathname === path;
