import type { ServerResponse } from 'node:http';
import { issuerParts } from '../config/issuer';
import { errorPage, FAILED, securityHeaders } from '../pages';
import type { TenantContext } from '../provider/context';

/** @param formTargets see `securityHeaders`. */
export function sendPage(
  res: ServerResponse,
  status: number,
  html: string,
  formTargets: string[] = [],
): void {
  res.writeHead(status, {
    ...securityHeaders(formTargets),
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(html),
  });
  res.end(html);
}

export function sendErrorPage(
  res: ServerResponse,
  tenant: TenantContext,
  content: Omit<Parameters<typeof errorPage>[0], 'tenantOrigin'>,
): void {
  sendPage(res, content.status, errorPage({ ...content, tenantOrigin: issuerParts(tenant.issuer).origin }));
}

/** For unexpected errors: no stack trace on the page, the reason in the log. */
export function sendFailure(res: ServerResponse, tenant: TenantContext, error: Error): void {
  tenant.events.emit({ type: 'server error', reason: error.message });
  if (res.headersSent) {
    res.destroy();
    return;
  }
  sendErrorPage(res, tenant, {
    status: 500,
    ...FAILED,
    next: 'Go back and try again.',
  });
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res
    .writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    })
    .end(JSON.stringify(body));
}
