import type http from 'node:http';
import { z } from 'zod';
import type { Tapped } from './tap';

export const party = z.enum(['browser', 'app', 'tenant', 'api']);
export type Party = z.output<typeof party>;

const headers = z.record(z.string(), z.string());
/** A message without secrets, to be shown and written to files. */
export const shown = z.object({
  from: party,
  to: party,
  /** Which process of the app sent or received it, counted from 1, if several run. */
  process: z.int().positive().optional(),
  method: z.string(),
  url: z.string(),
  requestHeaders: headers,
  requestBody: z.string(),
  /** 0 without an answer. */
  status: z.number(),
  responseHeaders: headers,
  responseBody: z.string(),
  /** Milliseconds since the epoch, and the duration. */
  at: z.number(),
  ms: z.number(),
});
export type Shown = z.output<typeof shown>;

export interface Message extends Tapped {
  from: Party;
  to: Party;
  /** Which process of the app sent or received it, counted from 1, if several run. */
  process?: number | undefined;
  method: string;
  url: URL;
  requestHeaders: http.IncomingHttpHeaders;
}
