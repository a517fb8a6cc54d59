import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { issuerParts } from './config/issuer';
import { MANAGEMENT_PATH } from './config/management-audience';
import { type Overview, overviewPage } from './overview';
import { stylesheet } from './pages';
import { PATHS } from './provider/paths';
import { comeBack } from './routes/continue';
import { interactions } from './routes/interactions';
import type { Now } from './routes/now';
import { atBrowserEndpoint, atTokenEndpoint, pushed, toLibrary } from './routes/protocol';
import { sendErrorPage, sendFailure, sendPage } from './routes/send';
import { namesThisMachine } from './routes/sent-host';
import { unblock } from './routes/unblock';
import { userinfo } from './routes/userinfo';

type Handler = (req: IncomingMessage, res: ServerResponse, now: Now, path: string) => void | Promise<void>;

export interface ServerParts {
  /** A save replaces it for later requests. */
  now: () => Now;
  management: RequestListener;
  overview: () => Overview;
}

export function requestHandler({ now, management, overview }: ServerParts): RequestListener {
  const exact = new Map<string, Handler>([
    [PATHS.authorization, atBrowserEndpoint('GET', 'POST')],
    [PATHS.end_session, atBrowserEndpoint('GET', 'POST')],
    ['/v2/logout', atBrowserEndpoint('GET')],
    [PATHS.token, atTokenEndpoint],
    [PATHS.revocation, atTokenEndpoint],
    [PATHS.pushed_authorization_request, pushed],
    ['/.well-known/oauth-authorization-server', metadata],
    [PATHS.userinfo, methods({ GET: userinfo, POST: userinfo })],
    ['/login/callback', methods({ GET: callback, POST: callback })],
    ['/samlp/metadata', methods({ GET: (req, res, now) => now.elsewhere.metadata(req, res, now) })],
    ['/continue', comeBack],
    ['/assets/tenant.css', methods({ GET: sendStylesheet })],
    ['/', methods({ GET: onlyHere((_req, res) => sendPage(res, 200, overviewPage(overview()))) })],
    ['/unblock', methods({ POST: onlyHere(unblock) })],
  ]);
  const below: [prefix: string, Handler][] = [
    ['/u/', interactions],
    [`${MANAGEMENT_PATH}/`, (req, res) => management(req, res)],
    ['/oauth/', toLibrary],
    ['/.well-known/', toLibrary],
    // The library resumes an authorization, or confirms a logout, below these paths.
    [PATHS.authorization, toLibrary],
    [PATHS.end_session, toLibrary],
  ];
  return (req, res) => {
    const current = now();
    presentAsIssuer(req, current.tenant.issuer);
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    const handler = exact.get(path) ?? below.find(([prefix]) => path.startsWith(prefix))?.[1] ?? notFound;
    handler(req, res, current, path)?.catch((error: Error) => sendFailure(res, now().tenant, error));
  };
}

/** Published URLs and Secure cookies follow the issuer, never the request's Host. An https issuer means a TLS proxy
 * on loopback. */
function presentAsIssuer(req: IncomingMessage, issuer: string): void {
  const { host, protocol } = issuerParts(issuer);
  req.headers.host = host;
  req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  delete req.headers['x-forwarded-host'];
  // A request may contain an absolute URL, as for a proxy (RFC 9112, section 3.2.2).
  if (!req.url?.startsWith('/')) {
    const { pathname, search } = new URL(req.url ?? '/', issuer);
    req.url = pathname + search;
  }
}

/** HEAD is GET without the body, which Node.js omits. */
function methods(by: Partial<Record<'GET' | 'POST', Handler>>): Handler {
  return (req, res, now, path) => {
    const handler = by[(req.method === 'HEAD' ? 'GET' : req.method) as 'GET' | 'POST'] ?? notFound;
    return handler(req, res, now, path);
  };
}

/** Refuses other host names. */
function onlyHere(handler: Handler): Handler {
  return (req, res, now, path) => {
    const { tenant } = now;
    if (namesThisMachine(req, tenant.issuer)) return handler(req, res, now, path);
    sendErrorPage(res, tenant, {
      status: 403,
      title: 'Not under this name',
      explanation: 'The tenant’s start page is shown under its own name only.',
      next: `Open ${tenant.issuer}`,
    });
  };
}

const callback: Handler = (req, res, now) => now.elsewhere.callback(req, res, now);

/** RFC 8414's name for the metadata. */
const metadata: Handler = (req, res, now, path) => {
  req.url = '/.well-known/openid-configuration';
  return toLibrary(req, res, now, path);
};

const sendStylesheet: Handler = (_req, res) => {
  res
    .writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' })
    .end(stylesheet);
};

const notFound: Handler = (req, res, { tenant }) =>
  sendErrorPage(res, tenant, {
    status: 404,
    title: 'No such page',
    explanation: 'The tenant has nothing at this address.',
    facts: [{ label: 'Address', value: req.url ?? '/' }],
    next: 'The tenant’s start page lists its endpoints.',
  });
