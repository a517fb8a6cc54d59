import type http from 'node:http';
import { z } from 'zod';
import { printable } from '../lib/printable';
import { type Forgery, forgery, pathsOf } from './forgery';
import { forgeryInWords } from './forgery-text';
import type { Fault } from './inject';

/** Milliseconds. */
const LONGEST_WAIT = 60_000;
/** 30 days in seconds. */
const FURTHEST_CLOCK = 2_592_000;

/** A party has one of these at a time. */
const KINDS = ['slow', 'trickle', 'status', 'html', 'empty', 'limit', 'drop', 'hang', 'forge'] as const;

/** How one party fails. What is left out works normally. */
export const faultConfig = z
  .strictObject({
    /** Milliseconds before each answer. */
    slow: z.int().min(1).max(LONGEST_WAIT).optional(),
    /** Milliseconds between the bytes of each answer. */
    trickle: z.int().min(1).max(LONGEST_WAIT).optional(),
    /** Answers with it instead: 429 Too Many Requests, 500 Internal Server Error or 503 Service Unavailable. */
    status: z.union([z.literal(429), z.literal(500), z.literal(503)]).optional(),
    /** Answers 200 with a page, as a proxy in between does. */
    html: z.literal(true).optional(),
    /** Answers 200 without a body. */
    empty: z.literal(true).optional(),
    /** So many requests are answered in each window; the others get 429. */
    limit: z.strictObject({ requests: z.int().min(0), seconds: z.int().min(1) }).optional(),
    drop: z.literal(true).optional(),
    hang: z.literal(true).optional(),
    /** What the tenant answers or signs wrongly. */
    forge: forgery.optional(),
    /** Seconds ahead, or behind when negative. */
    clock: z.int().min(-FURTHEST_CLOCK).max(FURTHEST_CLOCK).optional(),
    /** Only requests whose path begins with it. */
    path: z.string().startsWith('/').optional(),
    /** The fault ends after so many requests. */
    times: z.int().min(1).optional(),
  })
  .refine((one) => KINDS.filter((kind) => one[kind] !== undefined).length <= 1, {
    error: `may have one of ${KINDS.join(', ')} at a time`,
  });
export type FaultConfig = z.output<typeof faultConfig>;

export const faultConfigs = z.strictObject({
  tenant: faultConfig.optional(),
  /** It signs nothing, so it has nothing to forge. */
  api: faultConfig.refine(({ forge }) => forge === undefined, 'only the tenant can forge').optional(),
});
export type FaultConfigs = z.output<typeof faultConfigs>;
export type FaultyParty = keyof FaultConfigs;

/** Seconds (Retry-After: RFC 9110, section 10.2.3). */
const RETRY_AFTER = 5;

/** Returns the fault for each request. @param now milliseconds since the epoch. */
export function decider(
  one: FaultConfig,
  party: FaultyParty,
  now: () => number = Date.now,
): (req: http.IncomingMessage) => Fault {
  let left = one.times ?? Number.POSITIVE_INFINITY;
  let window = { begin: now(), answered: 0 };
  return (req) => {
    if (one.path !== undefined && !req.url?.startsWith(one.path)) return undefined;
    if (one.limit) {
      const { requests, seconds } = one.limit;
      if (now() - window.begin >= seconds * 1000) window = { begin: now(), answered: 0 };
      if (window.answered++ < requests) return undefined;
      const reset = Math.ceil((window.begin + seconds * 1000 - now()) / 1000);
      return tooMany(party, Math.max(1, reset), requests);
    }
    if (left <= 0) return undefined;
    if (one.forge) return forged(one.forge, req, () => left--);
    const fault = faultOf(one, party);
    if (fault !== undefined) left--;
    return fault;
  };
}

/** An answer counts when it was forged: whether it is one of a login or of a refresh stands in the request's body. */
const forged = (forge: Forgery, { url }: http.IncomingMessage, onUse: () => void): Fault =>
  pathsOf(forge).some((path) => url?.startsWith(path)) ? { forge, onUse } : undefined;

function faultOf(one: FaultConfig, party: FaultyParty): Fault {
  if (one.slow !== undefined) return { wait: one.slow };
  if (one.trickle !== undefined) return { trickle: one.trickle };
  if (one.html) return PAGE;
  if (one.empty) return { status: 200, headers: JSON_TYPE, body: '' };
  if (one.drop) return 'reset';
  if (one.hang) return 'hang';
  if (one.status === 429) return tooMany(party, RETRY_AFTER, 0);
  if (one.status === 503) return answer(party, 503, { 'Retry-After': String(RETRY_AFTER) });
  return one.status && answer(party, one.status, {});
}

const JSON_TYPE = { 'content-type': 'application/json' };
const PAGE = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!doctype html><title>Please wait</title><h1>We are updating our systems</h1>',
};

/** With a real tenant's headers; the API answers problem details (RFC 9457). */
function tooMany(party: FaultyParty, retryAfter: number, limit: number): Fault {
  const headers = {
    'Retry-After': String(retryAfter),
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': String(Math.floor(Date.now() / 1000) + retryAfter),
  };
  return answer(party, 429, headers);
}

/** The OAuth error code and the description of each status. */
const ERRORS = {
  429: ['too_many_requests', 'Global limit has been reached'],
  500: ['server_error', 'Internal Server Error'],
  503: ['temporarily_unavailable', 'Service Unavailable'],
} as const;

function answer(party: FaultyParty, status: keyof typeof ERRORS, headers: Record<string, string>): Fault {
  const [error, description] = ERRORS[status];
  const body =
    party === 'tenant'
      ? { error, error_description: description }
      : { type: 'about:blank', status, title: description };
  const type = party === 'tenant' ? 'application/json' : 'application/problem+json';
  return {
    status,
    headers: { ...headers, 'content-type': type, 'cache-control': 'no-store' },
    body: JSON.stringify(body),
  };
}

/** A description for people; undefined without faults. */
export function inWords(one: FaultConfig | undefined): string | undefined {
  if (!one) return undefined;
  const { path, times, clock } = one;
  const kind = kindInWords(one);
  const which = [path && `for ${printable(path)}`, times && `for the next ${times} requests`]
    .filter(Boolean)
    .join(', ');
  const ahead = clock
    ? `has a clock that is ${Math.abs(clock)} s ${clock > 0 ? 'ahead' : 'behind'}`
    : undefined;
  const parts = [kind && [kind, which].filter(Boolean).join(' '), ahead].filter(Boolean);
  return parts.length > 0 ? parts.join(', and ') : undefined;
}

function kindInWords(one: FaultConfig): string | undefined {
  if (one.slow !== undefined) return `answers ${one.slow} ms late`;
  if (one.trickle !== undefined) return `sends a byte every ${one.trickle} ms`;
  if (one.status !== undefined) return `answers ${one.status}`;
  if (one.html) return 'answers 200 with a page';
  if (one.empty) return 'answers 200 without a body';
  if (one.limit)
    return `answers ${one.limit.requests} requests in ${one.limit.seconds} s, the others with 429`;
  if (one.drop) return 'breaks connections';
  if (one.hang) return 'never answers';
  return one.forge && forgeryInWords(one.forge);
}
