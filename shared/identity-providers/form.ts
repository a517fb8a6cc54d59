import type { IncomingMessage } from 'node:http';
import { readBody } from '../lib/body';

const LARGEST = 64 * 1024;

/** @returns undefined for a form of more than 64 KiB. */
export async function readForm(req: IncomingMessage): Promise<URLSearchParams | undefined> {
  const body = await readBody(req, LARGEST);
  return body === undefined ? undefined : new URLSearchParams(body);
}
