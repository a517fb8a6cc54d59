import type http from 'node:http';
import express from 'express';
import type { Provider } from 'oidc-provider';
import { plainError } from '../lib/oauth-error';
import { CALLBACK, metadataOf } from './connections/strategies';
import { issuerParts } from './issuer';
import { MANAGEMENT_PATH } from './management/management';
import { overviewPage, stylesheet } from './pages';
import type { TenantContext } from './provider/context';
import { comeBack } from './routes/continue';
import { callback } from './routes/external-login';
import { asGet, needsFrontChannel } from './routes/front-channel';
import { interactions } from './routes/interactions';
import { understood } from './routes/normalize-request';
import { overview } from './routes/overview';
import { sendErrorPage, sendFailure, sendPage } from './routes/send-page';
import { namesThisMachine } from './routes/sent-host';
import { unblock } from './routes/unblock';
import { userinfo } from './routes/userinfo';

/** What is in force right now; a saved configuration replaces it between two requests. */
export interface Current {
  tenant: TenantContext;
  provider: Provider;
  /** The provider's request handler. */
  handler: http.RequestListener;
  /** Why the last save was refused, for the overview page. */
  problems: Parameters<typeof overviewPage>[0]['problems'];
  /** tenant.yaml's path. */
  file: string;
}

export interface Handlers {
  /** The Management API, which answers below /api/v2/. */
  management: http.RequestListener;
}

/** Paths that the library answers by itself; all others pass through Express first. */
const PROTOCOL = /^\/(authorize|oauth\/|oidc\/logout|v2\/logout|\.well-known\/)/;

/**
 * The tenant's one request handler: protocol paths go straight to oidc-provider, pages to Express.
 */
export function requestHandler(current: () => Current, { management }: Handlers): http.RequestListener {
  const pages = pageRoutes(current);
  return (req, res) => {
    presentAsIssuer(req, current().tenant.issuer);
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/';
    if (path.startsWith('/u/')) {
      interactions(req, res, current()).catch((error: Error) => sendFailure(res, current().tenant, error));
      return;
    }
    if (path === CALLBACK && (req.method === 'GET' || req.method === 'POST')) {
      const { tenant } = current();
      callback(req, res, tenant).catch((error: Error) => sendFailure(res, tenant, error));
      return;
    }
    if (path === '/continue') {
      comeBack(req, res, current()).catch((error: Error) => sendFailure(res, current().tenant, error));
      return;
    }
    if (path.startsWith(`${MANAGEMENT_PATH}/`)) return management(req, res);
    if (!PROTOCOL.test(path)) return pages(req, res);
    if (path === '/.well-known/oauth-authorization-server') {
      // RFC 8414's name for the same metadata.
      req.url = '/.well-known/openid-configuration';
    }
    if (!needsFrontChannel(req, path)) return protocol(req, res, path, current);
    const { tenant } = current();
    asGet(req, res, path, tenant).then(
      (get) => get && protocol(get, res, path, current),
      () => res.destroy(),
    );
  };
}

/** Hands a request to the library, as it understands it. */
function protocol(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  path: string,
  current: () => Current,
): void {
  // Programs ask here, and errors are JSON (RFC 6749, section 5.2), whatever an HTTP client prefers by itself: Java's prefers HTML.
  if (path.startsWith('/oauth/')) req.headers.accept = 'application/json';
  const asUnderstood = understood(req, path);
  if (!(asUnderstood instanceof Promise)) return void current().handler(asUnderstood, res);
  asUnderstood.then(
    (request) => {
      if (typeof request !== 'string') return current().handler(request, res);
      answerJson(res, 400, plainError({ error: 'invalid_request', error_description: request }));
    },
    () => res.destroy(),
  );
}

/**
 * Every published URL derives from the issuer, never from what the request claims: the Host header is
 * replaced by the issuer's, and the scheme (Secure cookies) is the issuer's, since an https issuer means that
 * a TLS proxy stands in front on loopback.
 */
function presentAsIssuer(req: http.IncomingMessage, issuer: string): void {
  const { host, protocol } = issuerParts(issuer);
  req.headers.host = host;
  req.headers['x-forwarded-proto'] = protocol.slice(0, -1);
  delete req.headers['x-forwarded-host'];
}

function pageRoutes(current: () => Current): express.Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.get('/assets/tenant.css', (_req, res) => {
    res.set('Cache-Control', 'max-age=300').type('css').send(stylesheet);
  });
  /** What is told there, and can be done, is the business of who sits at this machine. */
  const onlyHere: express.RequestHandler = (req, res, next) => {
    const { tenant } = current();
    if (namesThisMachine(req, tenant.issuer)) return next();
    sendErrorPage(res, tenant, {
      status: 403,
      title: 'Not under this name',
      explanation: 'The tenant’s start page is shown under its own name only.',
      facts: [],
      next: `Open ${tenant.issuer}`,
    });
  };
  app.get('/', onlyHere, (_req, res) => {
    const { tenant, file, problems } = current();
    sendPage(res, 200, overviewPage(overview(tenant, file, problems)));
  });
  app.post('/unblock', onlyHere, async (req, res) => unblock(req, res, current().tenant));
  app.get('/samlp/metadata', async (req, res) => {
    const { tenant } = current();
    const name = typeof req.query.connection === 'string' ? req.query.connection : '';
    const xml = await metadataOf(name, tenant);
    if (xml !== undefined) return void res.type('application/samlmetadata+xml').send(xml);
    sendErrorPage(res, tenant, {
      status: 404,
      title: 'No such connection',
      explanation: 'No SAML connection of this tenant has this name.',
      facts: [{ label: 'connection', value: name }],
      next: 'Compare it with the names under connections in tenant.yaml.',
    });
  });
  app.get('/userinfo', userinfo(current));
  app.post('/userinfo', userinfo(current));
  app.use((req, res) => {
    sendErrorPage(res, current().tenant, {
      status: 404,
      title: 'No such page',
      explanation: 'The tenant has nothing at this address.',
      facts: [{ label: 'Address', value: req.originalUrl }],
      next: 'The tenant’s start page lists its endpoints.',
    });
  });
  const failed: express.ErrorRequestHandler = (error, _req, res, _next) =>
    sendFailure(res, current().tenant, error);
  app.use(failed);
  return app;
}

function answerJson(res: http.ServerResponse, status: number, body: unknown): void {
  res
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body));
}
