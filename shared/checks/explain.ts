import type { Threw } from '../app-runner/agent';
import { askHandler } from '../app-runner/ask-agent';
import { crashed, fatalErrorOf } from '../app-runner/diagnose-crash';
import { chainOf, described, placeOf } from '../app-runner/error-report';
import { LOCATION_WITHIN } from '../app-runner/ipc-messages';
import { likelyCause } from '../app-runner/likely-causes';
import { askLocation } from '../app-runner/sample-stack';
import { placeIn } from '../app-runner/stack-trace';
import { APP, type Kind } from '../app-runner/types';
import { NoAnswer, RedirectLoop } from '../browser';
import type { Message } from '../recorder';
import { whyRefused } from './api-refusal';
import {
  Diagnosis,
  type Finding,
  type Found,
  NotApplicable,
  OWN_FORM_REFUSED,
  OWN_ORIGIN_REFUSED,
} from './diagnosis';
import { firstCause, isProgrammingError, thrownBy, type Watched } from './thrown';

export type { Watched };

/** The ids of the finding for an app, or an API, in an infinite loop. */
const INFINITE_LOOPS = ['app-circles', 'api-circles'];
export const isInfiniteLoop = ({ id }: Pick<Finding, 'id'>): boolean => INFINITE_LOOPS.includes(id);

const kindOf = ({ kind, app }: Pick<Watched, 'kind' | 'app'>): Kind => kind ?? app?.kind ?? APP;

/** Whether the app is still in an infinite loop: then no check needs to wait for its answer. */
export async function isStillLooping({ app, folder }: Watched): Promise<boolean> {
  return (await whereIsIt({ app, folder }))?.busy !== undefined;
}

/** The finding of each check after the app has ended. */
export function endOf({ app, folder }: Watched, when: 'checks' | 'use' = 'checks'): Finding | undefined {
  if (!app || app.endIsWanted || (app.child.exitCode === null && app.child.signalCode === null))
    return undefined;
  const { kind } = app;
  const scene = { kind, folder, output: app.output(), port: app.port, error: fatalErrorOf(app) };
  return crashed(scene, app.child.exitCode, app.child.signalCode, when);
}

/** The finding for an app that writes too much; reported once, by the check that notices it. */
export function floodOf({ app, folder }: Watched): Finding | undefined {
  const flood = app?.events.find((one) => 'flood' in one)?.flood;
  if (!flood) return undefined;
  const at = placeIn(flood.stack, folder);
  const { id, name } = app.kind;
  return {
    id: `${id}-floods`,
    expected: `the ${name} writes a few lines for each request`,
    seen: `it wrote more than ${flood.bytes / 1_000_000} MB${at ? `, at last at ${at}` : ''}`,
    cause: `something is written in a loop, or whole objects such as req are: the useful lines are lost in it, and the ${name} waits while it writes`,
    next: at
      ? `look at ${at}, and write the one value that you want to see`
      : 'look for console.log in a loop',
  };
}

/** Milliseconds for the answer of an app that only waits: for a busy machine. A quiet one needs some tens. */
const WHEN_IDLE = 4000;

/** Turns the error that ended a check into a finding. The end of the app, a loop, no answer and what a handler threw take
 * precedence over the check's own. `since` is the number of the app's events when the check began. */
export async function explain(error: unknown, watched: Watched, since: number): Promise<unknown> {
  if (error instanceof NotApplicable) return error;
  const { app } = watched;
  const silent = error instanceof NoAnswer ? error : undefined;
  const where = silent && ((await whereIsIt(watched)) ?? (await whereIsIt(watched)));
  const busy = where?.busy;
  // An app that reports its location and is not busy answers as soon as the machine lets it.
  const within = where ? WHEN_IDLE : LOCATION_WITHIN;
  // An app in a loop does not answer.
  const upToDate = busy === undefined && app !== undefined && (await app.synchronise(silent && within));
  const end = endOf(watched);
  // The last request ended it.
  if (end) return new Diagnosis({ ...end, of: { lastOf: kindOf(watched).id } });
  if (error instanceof RedirectLoop) return new Diagnosis(loops(error, watched));
  if (silent) {
    const place = app && upToDate ? await askHandler(app.child, silent.url.pathname, within) : undefined;
    return new Diagnosis(
      noAnswer(silent, kindOf(watched), { busy, at: place && placeIn(place, watched.folder) }),
    );
  }
  return withThrown(error, watched, since);
}

const whereIsIt = ({ app, folder }: Watched) => askLocation(app?.child, folder);

function loops({ hops }: RedirectLoop, { app, folder, messages = [] }: Watched): Found {
  const paths = hops.map(({ url }) => `${new URL(url).origin}${new URL(url).pathname}`);
  const round = [...new Set(paths.slice(-6))];
  const short = round.map((one) => one.replace(/^https?:\/\/localhost/, ''));
  const places = round.flatMap((one) => {
    const { pathname } = new URL(one);
    const event = app?.events.findLast(
      (words) => 'redirected' in words && words.redirected.path === pathname,
    );
    const at = event && 'redirected' in event ? placeIn(event.redirected.stack, folder) : undefined;
    return at ? [`${pathname} at ${at}`] : [];
  });
  const seen = `${hops.length} redirects in a row, at the end repeatedly: ${short.join(' → ')}${places.length > 0 ? `; redirected from ${places.join(', ')}` : ''}`;
  const refused = refusedWithin(hops, messages);
  if (refused)
    return {
      id: 'api-refuses-in-loop',
      of: [refused, new URL(hops.at(-1)?.url ?? '')],
      expected: 'the redirects end at a page',
      seen: `${seen}; inside it the API answered ${refused.status} to ${refused.method} ${refused.url.pathname}`,
      cause: `${whyRefused(refused).cause}. The app answers the refusal with a login, and the login brings the same again`,
      next: 'fix what the app sends to the API; then show a page instead of a second login in a row',
    };
  return {
    id: 'app-loops',
    of: new URL(hops.at(-1)?.url ?? ''),
    expected: 'the redirects end at a page',
    seen,
    cause:
      round.length === 1
        ? `${new URL(round[0] ?? '').pathname} sends the browser to itself`
        : 'each of these pages redirects the user to the other one: often the session is not saved, so a user who has just logged in is not known',
    next: 'look at the handlers of these paths: what does each ask for before it redirects?',
  };
}

/** The last call within the loop that the API refused. */
function refusedWithin(hops: RedirectLoop['hops'], messages: readonly Message[]): Message | undefined {
  const pages = new Set(hops.map(({ url }) => url));
  const visits = messages.flatMap(({ from, to, url }, i) =>
    from === 'browser' && to === 'app' && pages.has(url.href) ? [i] : [],
  );
  const origin = messages[visits.at(-1) ?? 0]?.url.origin;
  const atApp = hops.filter(({ url }) => new URL(url).origin === origin).length;
  const inside = messages.slice(visits.at(-atApp) ?? messages.length);
  return inside.findLast(
    ({ from, to, status }) => from === 'app' && to === 'api' && (status === 401 || status === 403),
  );
}

/** @param busy the place of an infinite loop. @param at where the handler begins that does not answer. */
function noAnswer(
  { method, url, ms }: NoAnswer,
  { id, name }: Kind,
  { busy, at }: { busy: string | undefined; at: string | undefined },
): Found {
  const expected = `${method} ${url.pathname} is answered`;
  const seen = `no answer within ${(ms / 1000).toFixed(0)} s, and the ${name} still runs`;
  if (busy !== undefined)
    return {
      id: `${id}-circles`,
      of: url,
      expected,
      seen: `${seen}; it is busy at ${busy}`,
      cause: `the code at ${busy} does not end: often a loop whose condition remains true. While it runs, the ${name} answers nobody`,
      next: `look at ${busy}: what ends the loop or the work there?`,
    };
  return {
    id: `${id}-no-answer`,
    of: url,
    expected,
    seen: `${seen}${at ? `; the request is in the handler that begins at ${at}` : ''}`,
    cause: at
      ? 'that handler does not end: it neither answers nor calls next, or waits for a promise that is never settled'
      : `not known: a handler does not end. It waits forever, or it is in an infinite loop, in which the whole ${name} answers nobody`,
    next: `follow ${url.pathname} through its handler${at ? `, from ${at} on` : ''}: each way through it must end with ${id === 'api' ? 'res.json' : 'res.send, res.render, res.redirect'}, next or throw`,
  };
}

/** The finding for a handler that continues after it answered or called next: the page looks right, and what it throws
 * may reach only the app's output. `since` is the number of the app's events when the check began. */
export async function wentOn(watched: Watched, since: number): Promise<Found | undefined> {
  if (!(await watched.app?.synchronise())) return undefined;
  const late = thrownBy(watched).find(({ index, late }) => index >= since && late);
  return late && afterAnswer(late, watched.folder);
}

function afterAnswer(threw: Threw, folder: string): Found | undefined {
  const { method, path } = threw;
  const at = placeOf(threw, folder);
  if (!at) return undefined;
  return {
    id: 'went-on-after-answer',
    of: { method, path },
    expected: `a handler of ${method} ${path} ends once it has answered, or handed the request on`,
    seen: `after that, ${method} ${path} threw ${described(threw, folder)}`,
    cause:
      'the handler goes on after next(), res.send, res.render or res.redirect: these pass on or answer the request, but do not end the function',
    next: `put return before the call above ${at} that passes on or answers, or put the code after it under else. If it continues on purpose, catch its errors there`,
  };
}

/** Whether an unread body can explain a finding: a refusal before any route has another reason. */
const mayNeedBody = (finding: Finding | undefined, routed: boolean): boolean =>
  finding?.id !== OWN_ORIGIN_REFUSED && (finding?.id !== OWN_FORM_REFUSED || routed);

/** The finding for a form whose fields the app did not read. */
function bodyNotRead(
  { method, path }: { method: string; path: string },
  finding: Finding | undefined,
  { id, name }: Kind,
): Found {
  const [parser, what] =
    id === 'api'
      ? ['express.json()', 'a JSON body']
      : ['express.urlencoded({ extended: false })', 'the fields of a form'];
  return {
    ...finding,
    id: 'body-not-parsed',
    of: { method, path },
    expected: finding?.expected ?? `${method} ${path} is answered`,
    seen: `${finding ? `${finding.seen}; ` : ''}the ${name} did not read the body of ${method} ${path}`,
    cause: `no body parser runs before the handler, so req.body is undefined: Express reads ${what} only where ${parser.replace(/\(.*/, '()')} is used`,
    next: `put ${parser} before the handler of ${method} ${path}`,
  };
}

/** Whether an error belongs to what a check has seen: to a request that it names, or to the last one, which failed. A check
 * sends other requests before, which the app is right to refuse. */
function isPartOf({ method, path }: Threw, seen: string, { messages = [] }: Watched): boolean {
  if (seen.includes(`${method} ${path}`)) return true;
  const last = messages.findLast(({ from, to }) => from === 'browser' && to === 'app');
  return last?.method === method && last.url.pathname === path && last.status >= 500;
}

/** An error that becomes an answer from 400 to 499: an API throws one on purpose. */
const isRefusal = ({ status = 500 }: Threw): boolean => status < 500;

function withThrown(error: unknown, watched: Watched, since: number): unknown {
  const { folder } = watched;
  const thrown = thrownBy(watched);
  const { finding, evidence } = error instanceof Diagnosis ? error : { finding: undefined, evidence: [] };
  const seen = finding?.seen ?? (error as Error).message;
  const unread = watched.app?.events
    .flatMap((one, i) => (i >= since && 'unread' in one ? [one.unread] : []))
    .at(-1);
  // An API may refuse a token before it reads anything, and a refusal may be thrown.
  const failed = (one: Threw) => !isRefusal(one) && one.method === unread?.method && one.path === unread.path;
  const isMissed = kindOf(watched) === APP || thrown.some((one) => one.index >= since && failed(one));
  if (unread && isMissed && mayNeedBody(finding, unread.routed))
    return new Diagnosis(bodyNotRead(unread, finding, kindOf(watched)));
  const now = thrown.filter(({ index }) => index >= since);
  // What several checks need was done once, in the first of them: then the path identifies it.
  const earlier = thrown.filter(({ method, path }) => seen.includes(`${method} ${path} answered 5`));
  const found = firstCause(now.length > 0 ? now : earlier, folder);
  if (!found || (kindOf(watched) !== APP && isRefusal(found))) return error;
  const { method, path } = found;
  const at = placeOf(found, folder);
  const threw = `${method} ${path} threw ${described(found, folder)}`;
  const expected = finding?.expected ?? `${method} ${path} is answered`;
  const likely = likelyCause(found, folder);
  if (likely) return new Diagnosis({ ...finding, expected, of: { method, path }, seen: threw, ...likely });
  const isInCode = isProgrammingError(found, folder);
  const known = finding !== undefined && !finding.cause.includes('not known');
  const late = found.late && !known ? afterAnswer(found, folder) : undefined;
  if (late) return new Diagnosis(late);
  if (finding && !isInCode && !finding.cause.startsWith('not known')) {
    if (!isPartOf(found, finding.seen, watched)) return error;
    return new Diagnosis({
      ...finding,
      of: [...evidence, { method, path }],
      seen: `${finding.seen}; ${threw}`,
    });
  }
  return new Diagnosis({
    id: `${kindOf(watched).id}-threw`,
    of: { method, path },
    expected,
    seen: threw,
    cause: isInCode
      ? 'a mistake in the code itself: it uses something that does not exist, or that has another type'
      : `the handler of ${method} ${path} does not catch it: ${chainOf(found)}`,
    next: at ? `look at ${at}` : `look at the code that the handlers of ${method} ${path} call`,
  });
}
