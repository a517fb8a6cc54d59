import type http from 'node:http';

/** How both browsers are driven: as a person does it. */
export interface Driver {
  /** Types an address. */
  open(url: string): Promise<void>;
  /** Clicks the link or the button with this id. */
  click(id: string): Promise<void>;
  /** Presses Enter in the field with this id. */
  enter(id: string): Promise<void>;
  /** Fills in the field with this id. */
  fill(id: string, value: string): Promise<void>;
}

export type Answer = (req: http.IncomingMessage, res: http.ServerResponse) => void;

/** One of the pages: what the server answers by path, and what a person does there. */
export interface Trial {
  title: string;
  answers: Record<string, Answer>;
  drive(driver: Driver, at: { app: string; tenant: string; sub: string }): Promise<void>;
}

export const html =
  (body: string, headers: http.OutgoingHttpHeaders = {}): Answer =>
  (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers });
    res.end(`<!doctype html><meta charset="utf-8"><title>page</title>${body}`);
  };

export const redirect =
  (
    location: string | ((host: string) => string),
    status = 302,
    headers: http.OutgoingHttpHeaders = {},
  ): Answer =>
  (req, res) => {
    const to = typeof location === 'string' ? location : location(String(req.headers.host));
    res.writeHead(status, { location: to, ...headers });
    res.end();
  };

/** An address on the other host, at the same port. */
export const elsewhere = (to: 'app' | 'tenant', path: string) => (host: string) =>
  `http://${to}.localhost:${host.split(':')[1]}${path}`;

/** A page whose links lead to another host need its port. */
export const page =
  (
    body: (at: { app: string; tenant: string; sub: string }) => string,
    headers: http.OutgoingHttpHeaders = {},
  ): Answer =>
  (req, res) =>
    html(body(hosts(Number(String(req.headers.host).split(':')[1]))), headers)(req, res);

export const hosts = (port: number) => ({
  app: `http://app.localhost:${port}`,
  tenant: `http://tenant.localhost:${port}`,
  sub: `http://www.app.localhost:${port}`,
});
