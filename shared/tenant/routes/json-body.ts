import { IncomingMessage } from 'node:http';
import { readBody } from '../../party/body';

const LIMIT = 64 * 1024;

/**
 * Auth0 takes JSON at /oauth/token and /oauth/revoke where RFC 6749 (section 4.1.3) has a form. This reads the JSON and returns
 * an equal request whose body is the form, so that the library sees what the standard says.
 *
 * @returns the request to go on with, or a text that says what is wrong with the body.
 */
export async function jsonAsForm(req: IncomingMessage): Promise<IncomingMessage | string> {
  const text = await readBody(req, LIMIT);
  if (text === undefined) return `the body is larger than ${LIMIT} bytes`;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return 'the body is not valid JSON';
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return 'the JSON body must be an object';
  const entries = Object.entries(body).filter(([, value]) => value !== null);
  const wrong = entries.find(([, value]) => !['string', 'number', 'boolean'].includes(typeof value));
  if (wrong) return `the parameter ${wrong[0]} must be a string`;
  const form = Buffer.from(
    new URLSearchParams(entries.map(([k, v]): [string, string] => [k, String(v)])).toString(),
  );
  const copy = new IncomingMessage(req.socket);
  copy.method = req.method ?? 'POST';
  copy.url = req.url ?? '/';
  copy.headers = {
    ...req.headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(form.length),
  };
  // Else its end would be taken for a broken connection.
  copy.complete = true;
  copy.push(form);
  copy.push(null);
  return copy;
}
