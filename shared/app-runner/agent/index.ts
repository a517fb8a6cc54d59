import diagnostics from 'node:diagnostics_channel';
import type http from 'node:http';
import { ServerResponse } from 'node:http';
import net from 'node:net';
import { observe } from '../../lib/observe';
import {
  ASK_LOADED,
  type AskHandler,
  type ClockAdvance,
  type FireTimers,
  type Synchronise,
  type Written,
} from '../ipc-messages';
import './end-with-parent';
import { shiftDate } from '../../lib/shifted-date';
import { describeError, type ErrorReport } from './describe-error';
import { fireTimers, watchTimers } from './pending-timers';
import type { WireEvent } from './record-messages';
import { type Stacks, startStackSampler, watchStart } from './stack-sampler';

/** What an app that the workshop starts tells the workshop, beside its output. The app itself knows nothing of this. */
export type AgentEvent =
  | { listening: number }
  /** An error that one of the app's handlers threw or passed on. */
  | { threw: Threw }
  /** The error that ends the process. */
  | { fatal: ErrorReport & { rejected: boolean } }
  /** A request was answered and its body not read. */
  | { unread: { method: string; path: string; routed: boolean } }
  /** Where a handler told the browser to go elsewhere. */
  | { redirected: { path: string; stack: string } }
  | { turned: true }
  /** All that was reported before this has been sent, and this was written. */
  | { synchronised: { id: number; written: Written } }
  /** The files that were loaded until it was asked, packages and the app's own. */
  | { loaded: string[] }
  /** Where the handler begins in which the last request for a path waits, when the workshop asks: see AskHandler. */
  | { silent: { path: string; place: string | undefined } }
  /** Before it listened there was nothing left to do: what it awaits, innermost first. */
  | { stranded: Stacks }
  /** The output has become very long; where it was written then. */
  | { flood: { stack: string; bytes: number } }
  /** What it was asked and asks, when the workshop wants to know. */
  | { wire: WireEvent };

export interface Threw extends ErrorReport {
  method: string;
  path: string;
  /** The same for all errors of one request. */
  request: number;
  /** Whether the handler had answered the request by then, or had handed it on by next(). */
  late: boolean;
}

/** Bytes of output above which an app is asked who writes so much. */
const MUCH = 5_000_000;

/** Requests without an answer that are remembered: more than a browser has under way. */
const MOST_UNANSWERED = 100;
/** Frames of a stack: below the app's own there may be many of packages. */
const DEPTH = 100;
/** Redirects that are reported: more than enough for one that goes round. */
const MOST_REDIRECTS = 400;
/** Of the app that runs: milliseconds by which its clock is ahead, redirects that were reported. A process may run app after app. */
let [ahead, redirects] = [0, 0];
let written: Written = { stdout: 0, stderr: 0 };
const LAST = Symbol('last handler');
type Waiting = http.IncomingMessage & { originalUrl?: string; [LAST]?: unknown };
const numbers = new WeakMap<Waiting, number>();
let requests = 0;
const numberOf = (request: Waiting): number => {
  const number = numbers.get(request) ?? ++requests;
  numbers.set(request, number);
  return number;
};
const pathOf = ({ originalUrl, url }: Waiting) => (originalUrl ?? url ?? '').split('?')[0] ?? '';
/** Requests that have reached a handler and have no answer yet, also those that a browser has given up. */
const unanswered = new Set<Waiting>();

const report = (words: AgentEvent) => {
  if (process.connected) process.send?.(words, undefined, undefined, () => {});
};

let start: ReturnType<typeof watchStart> | undefined;
const emit: (event: string | symbol, ...rest: unknown[]) => boolean = net.Server.prototype.emit;
net.Server.prototype.emit = function (this: net.Server, event: string | symbol, ...rest: unknown[]) {
  if (event === 'listening') {
    const address = this.address();
    if (typeof address === 'object' && address !== null) report({ listening: address.port });
    start?.end();
  }
  return emit.call(this, event, ...rest);
};

Error.stackTraceLimit = DEPTH;
watchTimers();
shiftDate(() => ahead);
const isTurn = (words: unknown): words is ClockAdvance =>
  typeof words === 'object' && words !== null && 'turn' in words && typeof words.turn === 'number';
const isFireTimers = (words: unknown): words is FireTimers =>
  typeof words === 'object' && words !== null && 'fireTimers' in words;
const isAskHandler = (words: unknown): words is AskHandler =>
  typeof words === 'object' && words !== null && 'handlerOf' in words;
const isSynchronise = (words: unknown): words is Synchronise =>
  typeof words === 'object' && words !== null && 'synchronise' in words;

/** Tells what passes between the app and others, when the workshop wants to know. */
function startMessageReports(): void {
  const { WORKSHOP_WIRE } = process.env;
  if (WORKSHOP_WIRE === undefined) return;
  // The app need not know.
  delete process.env.WORKSHOP_WIRE;
  const { reportMessages } = require('./record-messages') as typeof import('./record-messages');
  reportMessages(JSON.parse(WORKSHOP_WIRE), (wire) => report({ wire }));
}

/** The app begins. The workshop asks at the end which packages were loaded: some are only when a page needs them. */
export function begin(): void {
  [ahead, redirects] = [0, 0];
  written = { stdout: 0, stderr: 0 };
  unanswered.clear();
  startMessageReports();
  start?.end();
  start = watchStart((stranded) => report({ stranded }));
  process.channel?.unref();
}

process.on('message', (words) => {
  if (words === ASK_LOADED) report({ loaded: Object.keys(require.cache) });
  if (isTurn(words)) {
    ahead += words.turn;
    report({ turned: true });
  }
  if (isAskHandler(words)) reportHandler(words.handlerOf);
  if (isSynchronise(words)) report({ synchronised: { id: words.synchronise, written } });
  if (isFireTimers(words)) fireTimers(words.fireTimers);
});
process.channel?.unref();
startStackSampler();
// Preloaded by the app's own process, before there is a main program. One that waits hears other things first.
if (require.main === undefined) begin();

// Express says what its handlers threw to whoever listens, so an error is known that the app's own error page hides.
const onError = (context: unknown) => {
  const { error, req, res, handler } = context as {
    error?: unknown;
    req: Waiting;
    res: http.ServerResponse;
    handler: unknown;
  };
  if (!(error instanceof Error)) return;
  const late = res.headersSent || req[LAST] !== handler;
  const about = { method: req.method ?? '', path: pathOf(req), request: numberOf(req), late };
  report({ threw: { ...about, ...describeError(error) } });
};
// What a listener throws would end the app.
diagnostics.subscribe('tracing:express.router.request:error', (context) =>
  observe('an error of the app', () => onError(context)),
);

process.on('uncaughtExceptionMonitor', (error: unknown, origin) =>
  observe('the end of the app', () => {
    if (error instanceof Error)
      report({ fatal: { ...describeError(error), rejected: origin === 'unhandledRejection' } });
  }),
);

const onHandler = (context: unknown) => {
  const { req, res, handler } = context as {
    req: Waiting;
    res: http.ServerResponse;
    handler: unknown;
  };
  req[LAST] = handler;
  if (unanswered.has(req)) return;
  unanswered.add(req);
  res.once('finish', () => unanswered.delete(req));
  // After that Node.js itself reads the rest.
  res.once('prefinish', () => {
    const hasBody = Number(req.headers['content-length'] ?? 0) > 0;
    if (!hasBody || req.readableDidRead) return;
    const routed = 'route' in req && req.route !== undefined;
    report({ unread: { method: req.method ?? '', path: pathOf(req), routed } });
  });
  const [oldest] = unanswered;
  if (oldest && unanswered.size > MOST_UNANSWERED) unanswered.delete(oldest);
};
diagnostics.subscribe('tracing:express.router.request:start', (context) =>
  observe('a handler of the app', () => onHandler(context)),
);

function reportHandler(path: string): void {
  const { locationOf } = require('./function-location') as typeof import('./function-location');
  const request = [...unanswered].findLast((one) => pathOf(one) === path);
  report({ silent: { path, place: request && locationOf(request[LAST]) } });
}

// The one moment of a redirect at which the handler is still on the stack: a session may be saved before the answer is sent.
const { setHeader } = ServerResponse.prototype;
ServerResponse.prototype.setHeader = function (this: http.ServerResponse, name, value) {
  if (typeof name === 'string' && name.toLowerCase() === 'location' && redirects < MOST_REDIRECTS) {
    redirects += 1;
    const { stack = '' } = new Error('redirect');
    observe('a redirect of the app', () => {
      report({ redirected: { path: pathOf(this.req), stack } });
    });
  }
  return setHeader.call(this, name, value) as http.ServerResponse;
} as typeof setHeader;

/** The app may write anything; what is no text and no bytes the stream refuses. */
const bytesOf = (chunk: unknown, encoding: unknown): number => {
  if (typeof chunk !== 'string') return chunk instanceof Uint8Array ? chunk.byteLength : 0;
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : undefined;
  return Buffer.byteLength(chunk, known);
};

for (const name of ['stdout', 'stderr'] as const) {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    const before = written.stdout + written.stderr;
    written[name] += bytesOf(chunk, rest[0]);
    if (before <= MUCH && written.stdout + written.stderr > MUCH)
      report({ flood: { stack: new Error('much output').stack ?? '', bytes: MUCH } });
    return write(chunk, ...rest);
  };
}

process.channel?.unref();
