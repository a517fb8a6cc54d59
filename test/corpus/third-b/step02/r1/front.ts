import type { IncomingMessage, ServerResponse } from 'node:http';
import { pages, type Page, type Visit } from './pages';
import { Stop, document, e } from './lib/html';
import { open } from './lib/session';

const ROOT = process.env.BASE_URL as string;

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  request.setEncoding('utf8');
  for await (const piece of request) {
    text += piece;
    if (text.length > 20_000) throw new Stop(413, 'Too much', 'This form is too long.');
  }
  return new URLSearchParams(text);
}

/** A form of another site must not act for the user. */
function foreign({ headers }: IncomingMessage) {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin';
  return headers.origin !== undefined && headers.origin !== new URL(ROOT).origin;
}

export async function handle(request: IncomingMessage, response: ServerResponse) {
  const headers: Record<string, string> = {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
  const method = request.method === 'HEAD' ? 'GET' : request.method ?? 'GET';
  const uri = request.url ?? '/';
  const question = uri.indexOf('?');
  const path = question < 0 ? uri : uri.slice(0, question);
  const _GET = new URLSearchParams(question < 0 ? '' : uri.slice(question + 1));
  const session = open(request.headers.cookie);
  const visit: Visit = { method, uri, path, _GET, _POST: new URLSearchParams(), session, headers, parts: [] };
  let status = 200;
  let html = '';
  try {
    let page: Page | undefined;
    for (const [verb, pattern, candidate] of pages) {
      const match = verb === method && pattern.exec(path);
      if (!match) continue;
      visit.parts = match.slice(1);
      page = candidate;
      break;
    }
    if (!page) throw new Stop(404, 'Not found', 'There is no such page.');
    if (method === 'POST') {
      if (foreign(request)) throw new Stop(403, 'Not from here', 'This form came from another site.');
      visit._POST = await form(request);
    }
    html = await page(visit);
  } catch (problem) {
    if (!(problem instanceof Stop)) console.error(problem);
    const stop = problem instanceof Stop ? problem : new Stop(500, 'Something went wrong', 'Please try again later.');
    status = stop.status;
    if (stop.location) headers.Location = stop.location;
    else html = document(session.data.user, stop.title, `<p>${e(stop.message)}</p>${stop.link ? `<p><a href="${e(stop.link[0])}">${e(stop.link[1])}</a></p>` : ''}`);
  }
  if (visit.cookie) headers['Set-Cookie'] = visit.cookie;
  response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : html);
}
