import type { IncomingMessage } from 'node:http';
import { readBody } from '../lib/body';

/** Bytes that a form may have. */
const LARGEST = 64 * 1024;

/** What a form brought; undefined when it is too large. */
export async function readForm(req: IncomingMessage): Promise<URLSearchParams | undefined> {
  const body = await readBody(req, LARGEST);
  return body === undefined ? undefined : new URLSearchParams(body);
}
