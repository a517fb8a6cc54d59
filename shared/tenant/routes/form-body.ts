import { IncomingMessage } from 'node:http';
import { LARGEST_FORM, readBody } from '../../lib/body';

/** A request with a form for the library, or what is wrong with the body. */
export type NormalizedRequest = IncomingMessage | string;

async function bodyOf(req: IncomingMessage): Promise<{ text: string } | string> {
  const text = await readBody(req);
  return text === undefined ? `the body is larger than ${LARGEST_FORM} bytes` : { text };
}

/** Converts JSON, which Auth0 accepts at /oauth/token and /oauth/revoke, to the form of RFC 6749 (section 4.1.3). */
export async function jsonAsForm(req: IncomingMessage): Promise<NormalizedRequest> {
  const read = await bodyOf(req);
  if (typeof read === 'string') return read;
  let body: unknown;
  try {
    body = JSON.parse(read.text);
  } catch {
    return 'the body is not valid JSON';
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'the JSON body must be an object';
  const entries = Object.entries(body).filter(([, value]) => value !== null);
  const wrong = entries.find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value));
  if (wrong) return `the parameter ${wrong[0]} must be a string`;
  return withForm(req, new URLSearchParams(entries.map(([k, v]): [string, string] => [k, String(v)])));
}

export async function changedForm(
  req: IncomingMessage,
  change: (form: URLSearchParams) => void,
): Promise<NormalizedRequest> {
  const read = await bodyOf(req);
  if (typeof read === 'string') return read;
  const form = new URLSearchParams(read.text);
  change(form);
  return withForm(req, form);
}

function withForm(req: IncomingMessage, parameters: URLSearchParams): IncomingMessage {
  const form = Buffer.from(parameters.toString());
  const copy = new IncomingMessage(req.socket);
  copy.method = req.method ?? 'POST';
  copy.url = req.url ?? '/';
  copy.headers = {
    ...req.headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(form.length),
  };
  // Otherwise its end looks like a broken connection.
  copy.complete = true;
  copy.push(form);
  copy.push(null);
  return copy;
}
