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
import { KnownStacks } from './known-stacks';
import { fireTimers, watchTimers } from './pending-timers';
import type { WireEvent } from './record-messages';
import { type Stacks, startStackSampler, watchStart } from './stack-sampler';

/** What an app's process reports to the workshop, besides its output. The app does not notice this. */
export type AgentEvent =
  | { listening: number }
  /** An error that one of the app's handlers threw or passed on. */
  | { threw: Threw }
  /** The error that ends the process. */
  | { fatal: ErrorReport & { rejected: boolean } }
  /** A request was answered and its body not read. */
  | { unread: { method: string; path: string; routed: boolean } }
  /** Where a handler redirected the browser. */
  | { redirected: { path: string; stack: string } }
  | { advanced: true }
  /** Every earlier report has been sent, and these bytes were written. */
  | { synchronised: { id: number; written: Written } }
  /** The loaded files: packages and the app's own. */
  | { loaded: string[] }
  /** The answer to AskHandler. */
  | { silent: { path: string; place: string | undefined } }
  /** The process ended before it listened: what it awaits, innermost first. */
  | { unresolved: Stacks }
  /** The output has become very long; the stack of that write. */
  | { flood: { stack: string; bytes: number } }
  /** A request or an answer, if the workshop asks for them. */
  | { wire: WireEvent };

export interface Threw extends ErrorReport {
  method: string;
  path: string;
  /** The same for all errors of one request. */
  request: number;
  /** Whether the handler had answered the request by then, or had handed it on by next(). */
  late: boolean;
}

/** Bytes of output that count as a flood. */
const MUCH = 5_000_000;

/** Requests without an answer that are stored: more than a browser has in flight. */
const MOST_UNANSWERED = 100;
/** Frames of a stack: below the app's own there may be many of packages. */
const DEPTH = 100;
/** Redirects that are reported: more than enough for a loop. */
const MOST_REDIRECTS = 400;
/** Milliseconds by which the app's clock is ahead, and its reported redirects. A process may run several apps in turn. */
let [ahead, redirects] = [0, 0];
let written: Written = { stdout: 0, stderr: 0 };
const stacks = new KnownStacks();
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
/** Requests that reached a handler and have no answer yet, also those that the browser gave up. */
const unanswered = new Set<Waiting>();

const report = (event: AgentEvent) => {
  if (process.connected) process.send?.(event, undefined, undefined, () => {});
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

function startMessageReports(): void {
  const { WORKSHOP_WIRE } = process.env;
  if (WORKSHOP_WIRE === undefined) return;
  // The app must not see it.
  delete process.env.WORKSHOP_WIRE;
  const { reportMessages } = require('./record-messages') as typeof import('./record-messages');
  reportMessages(JSON.parse(WORKSHOP_WIRE), (wire) => report({ wire }));
}

/** Whether this process must name itself in its requests. */
function startNaming(): void {
  const { WORKSHOP_SENDER } = process.env;
  if (WORKSHOP_SENDER === undefined) return;
  // The app must not see it.
  delete process.env.WORKSHOP_SENDER;
  const { nameSender } = require('./name-sender') as typeof import('./name-sender');
  nameSender(JSON.parse(WORKSHOP_SENDER));
}

/** Called when the app begins, in a process of its own or in one that ran other apps. */
export function begin(): void {
  [ahead, redirects] = [0, 0];
  written = { stdout: 0, stderr: 0 };
  unanswered.clear();
  stacks.clear();
  startMessageReports();
  startNaming();
  start?.end();
  start = watchStart((unresolved) => report({ unresolved }));
  process.channel?.unref();
}

process.on('message', (message) => {
  const asked: Partial<ClockAdvance & AskHandler & Synchronise & FireTimers> = Object(message);
  if (message === ASK_LOADED) report({ loaded: Object.keys(require.cache) });
  if (asked.fireTimers !== undefined) fireTimers(asked.fireTimers);
  if (asked.handlerOf !== undefined) reportHandler(asked.handlerOf);
  if (asked.synchronise !== undefined) report({ synchronised: { id: asked.synchronise, written } });
  if (asked.advance === undefined) return;
  ahead += asked.advance;
  report({ advanced: true });
});
process.channel?.unref();
startStackSampler();
// Preloaded before there is a main program. A prewarmed process receives its orders first.
if (require.main === undefined) begin();

// Express publishes what its handlers threw, so the workshop sees errors that the app's error page hides.
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
  // Later Node.js reads the rest itself.
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

// Only now is the handler on the stack: the session may be saved before the answer is sent.
const { setHeader } = ServerResponse.prototype;
ServerResponse.prototype.setHeader = function (this: http.ServerResponse, name, value) {
  if (typeof name === 'string' && name.toLowerCase() === 'location' && redirects < MOST_REDIRECTS) {
    redirects += 1;
    observe('a redirect of the app', () => {
      report({ redirected: { path: pathOf(this.req), stack: stacks.here() } });
    });
  }
  return setHeader.call(this, name, value) as http.ServerResponse;
} as typeof setHeader;

/** The stream itself refuses a chunk that is neither text nor bytes. */
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
