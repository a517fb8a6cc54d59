import type http from 'node:http';
import { z } from 'zod';
import { printable } from '../lib/printable';
import type { Fault } from './inject';

/** Milliseconds. */
const LONGEST_WAIT = 60_000;
/** 30 days in seconds. */
const FURTHEST_CLOCK = 2_592_000;

/** A party has one of these at a time. */
const KINDS = ['slow', 'status', 'limit', 'drop', 'hang'] as const;

/** How one party fails. What is left out works normally. */
export const faultConfig = z
  .strictObject({
    /** Milliseconds before each answer. */
    slow: z.int().min(1).max(LONGEST_WAIT).optional(),
    /** Answers with it instead: 429 Too Many Requests or 503 Service Unavailable. */
    status: z.union([z.literal(429), z.literal(503)]).optional(),
    /** So many requests are answered in each window; the others get 429. */
    limit: z.strictObject({ requests: z.int().min(0), seconds: z.int().min(1) }).optional(),
    drop: z.literal(true).optional(),
    hang: z.literal(true).optional(),
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

export const faultConfigs = z.strictObject({ tenant: faultConfig.optional(), api: faultConfig.optional() });
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
    const fault = faultOf(one, party);
    if (fault !== undefined) left--;
    return fault;
  };
}

function faultOf(one: FaultConfig, party: FaultyParty): Fault {
  if (one.slow !== undefined) return { wait: one.slow };
  if (one.drop) return 'reset';
  if (one.hang) return 'hang';
  if (one.status === 429) return tooMany(party, RETRY_AFTER, 0);
  if (one.status === 503) return unavailable(party);
  return undefined;
}

/** With a real tenant's headers; the API answers problem details (RFC 9457). */
function tooMany(party: FaultyParty, retryAfter: number, limit: number): Fault {
  const headers = {
    'Retry-After': String(retryAfter),
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': String(Math.floor(Date.now() / 1000) + retryAfter),
  };
  return answer(party, 429, headers, 'too_many_requests', 'Global limit has been reached');
}

const unavailable = (party: FaultyParty): Fault =>
  answer(
    party,
    503,
    { 'Retry-After': String(RETRY_AFTER) },
    'temporarily_unavailable',
    'Service Unavailable',
  );

function answer(
  party: FaultyParty,
  status: number,
  headers: Record<string, string>,
  error: string,
  description: string,
): Fault {
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
  const { slow, status, limit, drop, hang, clock, path, times } = one;
  const kind =
    slow !== undefined
      ? `answers ${slow} ms late`
      : status !== undefined
        ? `answers ${status}`
        : limit
          ? `answers ${limit.requests} requests in ${limit.seconds} s, the others with 429`
          : drop
            ? 'breaks connections'
            : hang
              ? 'never answers'
              : undefined;
  const which = [path && `for ${printable(path)}`, times && `for the next ${times} requests`]
    .filter(Boolean)
    .join(', ');
  const ahead = clock
    ? `has a clock that is ${Math.abs(clock)} s ${clock > 0 ? 'ahead' : 'behind'}`
    : undefined;
  const parts = [kind && [kind, which].filter(Boolean).join(' '), ahead].filter(Boolean);
  return parts.length > 0 ? parts.join(', and ') : undefined;
}
