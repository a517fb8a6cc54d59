import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Router } from 'express';
import { MANAGEMENT_PATH } from '../config/management-audience';
import { authenticated, callerIn } from './access';
import { collection, type Kind } from './collection';
import type { Management } from './context';
import { ManagementError } from './failure';
import { actionParts, actions } from './kinds/actions';
import { attackProtection } from './kinds/attack-protection';
import { clientGrants } from './kinds/client-grants';
import { clientParts, clients } from './kinds/clients';
import { connectionParts, connections } from './kinds/connections';
import { hookSecrets, hooks } from './kinds/hooks';
import { resourceServers } from './kinds/resource-servers';
import { roleParts, roles } from './kinds/roles';
import { rules, rulesConfigs } from './kinds/rules';
import { tenantSettings } from './kinds/tenant-settings';
import { users } from './kinds/users';
import { missingArea } from './scopes';

/** See docs/management-api.md. */
export function managementHandler(m: Management): (req: IncomingMessage, res: ServerResponse) => void {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  const api = express.Router();
  api.use(express.json({ limit: '1mb', type: () => true }));
  routes(api, m);
  api.use((req) => {
    const missing = missingArea(req.method, req.path);
    if (missing)
      throw new ManagementError(403, `Insufficient scope, expected any of: ${missing}`, 'insufficient_scope');
    throw new ManagementError(404, `The local Management API has no ${req.method} ${req.path}`, 'not_found');
  });
  app.use(MANAGEMENT_PATH, authenticated(m), reported(m), api);
  app.use(failed(m));
  return app;
}

function routes(router: Router, m: Management): void {
  const add = <E extends object>(
    kind: Kind<E>,
    parts?: (r: Router, m: Management, kind: Kind<E>) => void,
  ) => {
    parts?.(router, m, kind);
    collection(router, m, kind);
  };
  add(resourceServers(m));
  add(clients(m), clientParts);
  add(clientGrants(m));
  add(connections(m), connectionParts);
  add(roles(m), roleParts);
  add(actions(m), actionParts);
  add(rules(m));
  add(hooks(m), hookSecrets);
  for (const routesOf of [rulesConfigs, tenantSettings, attackProtection, users]) routesOf(router, m);
}

function reported(m: Management): express.RequestHandler {
  return (req, res, next) => {
    res.once('finish', () => {
      if (res.statusCode >= 400) return;
      m.tenant().events.emit({
        type: 'management call',
        client_id: callerIn(req)?.client_id ?? '',
        call: `${req.method} ${req.originalUrl.split('?', 1)[0]}`,
        status: res.statusCode,
      });
    });
    next();
  };
}

function failed(m: Management): ErrorRequestHandler {
  return (error: Error & { status?: number; type?: string; reason?: string }, req, res, _next) => {
    const { events } = m.tenant();
    const answer = asAnswer(error);
    if (answer.statusCode === 500) events.emit({ type: 'server error', reason: error.message });
    else
      events.emit({
        type: 'management refused',
        client_id: callerIn(req)?.client_id,
        call: `${req.method} ${req.originalUrl.split('?', 1)[0]}`,
        status: answer.statusCode,
        reason: error.reason ?? answer.message,
      });
    if (res.headersSent) {
      res.destroy();
      return;
    }
    if (answer.statusCode === 401) res.set('WWW-Authenticate', 'Bearer');
    res.status(answer.statusCode).json(answer);
  };
}

function asAnswer(error: Error & { status?: number; type?: string }): ManagementError {
  if (error instanceof ManagementError) return error;
  if (error.type === 'entity.too.large')
    return new ManagementError(413, 'The body is larger than 1 MB', 'payload_too_large');
  if (error.status !== undefined && error.status < 500)
    return new ManagementError(400, `The request cannot be read: ${error.message}`, 'invalid_body');
  return new ManagementError(500, 'The tenant failed; its log says why', 'internal_error');
}
