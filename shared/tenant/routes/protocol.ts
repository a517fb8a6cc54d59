import type { IncomingMessage, ServerResponse } from 'node:http';
import { plainError } from '../../lib/oauth-error';
import { changedForm, jsonAsForm, type NormalizedRequest } from './form-body';
import { asGet } from './front-channel';
import { normalizeAuthorization } from './normalize-authorization';
import type { Now } from './now';
import { sendJson } from './send';

export function toLibrary(req: IncomingMessage, res: ServerResponse, now: Now, path: string): void {
  // A client that has gone took the body along. The library would take it for one that somebody has read before.
  if (req.method === 'POST' && req.socket.destroyed && !req.readable) return void res.destroy();
  // Errors of the back channel are JSON (RFC 6749, section 5.2); some HTTP clients prefer HTML by default.
  if (path.startsWith('/oauth/')) req.headers.accept = 'application/json';
  now.handler(req, res);
}

/** A form counts as the equal GET. */
export function atBrowserEndpoint(...methods: readonly string[]) {
  return (req: IncomingMessage, res: ServerResponse, now: Now, path: string): void => {
    const answer = (request: IncomingMessage) => {
      if (path === '/authorize' && request.method === 'GET') {
        const query = new URLSearchParams((request.url ?? '').slice(path.length + 1));
        normalizeAuthorization(query);
        request.url = `${path}?${query}`;
      }
      toLibrary(request, res, now, path);
    };
    if (req.method === 'GET' || req.method === 'HEAD') answer(req);
    else
      asGet(req, res, path, methods, now.tenant).then(
        (get) => get && answer(get),
        () => res.destroy(),
      );
  };
}

/** Auth0 also accepts JSON. */
export function atTokenEndpoint(req: IncomingMessage, res: ServerResponse, now: Now, path: string): void {
  if (!isPost(req, 'application/json')) toLibrary(req, res, now, path);
  else rewritten(jsonAsForm(req), res, now, path);
}

/** RFC 9126. */
export function pushed(req: IncomingMessage, res: ServerResponse, now: Now, path: string): void {
  if (!isPost(req, 'application/x-www-form-urlencoded')) toLibrary(req, res, now, path);
  else rewritten(changedForm(req, normalizeAuthorization), res, now, path);
}

function rewritten(request: Promise<NormalizedRequest>, res: ServerResponse, now: Now, path: string): void {
  request.then(
    (request) => {
      if (typeof request !== 'string') return toLibrary(request, res, now, path);
      sendJson(res, 400, plainError({ error: 'invalid_request', error_description: request }));
    },
    () => res.destroy(),
  );
}

const isPost = ({ method, headers }: IncomingMessage, type: string): boolean =>
  method === 'POST' && headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === type;
