import type http from 'node:http';

/** A message for the user. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (one) => ENTITIES[one] ?? one);

/** @param body HTML: whatever comes from elsewhere must be escaped. */
export function html(res: http.ServerResponse, status: number, body: string): void {
  res.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
  res.end(`<!doctype html><html lang="en"><title>Appointments</title><main>${body}</main></html>`);
}

export function redirect(res: http.ServerResponse, location: string): void {
  res.writeHead(302, { Location: location }).end();
}
