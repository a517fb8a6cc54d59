import type { IncomingMessage } from 'node:http';

/** Bytes of a form, if an endpoint needs no other limit. */
export const LARGEST_FORM = 64 * 1024;

/** A request's whole body as text. @param limit bytes.
 * @returns undefined when the body is larger; the rest of it is not read. */
export async function readBody(req: IncomingMessage, limit = LARGEST_FORM): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
