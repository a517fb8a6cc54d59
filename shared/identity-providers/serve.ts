import type http from 'node:http';
import { readBody } from '../lib/body';
import { listenOnLoopback } from '../lib/listen';
import type { Account } from './accounts';
import { type Brand, page, send, sentAsset } from './pages';

export interface ServeOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  /** Folder for keys and secrets. */
  data: string;
  /** Reports who signed in or did not. */
  log?: (line: string) => void;
  /** Lets a recorder see every request. */
  wrap?: (handler: http.RequestListener) => http.RequestListener;
}

export interface Served {
  port: number;
  origin: string;
  close(): Promise<void>;
}

export interface Visit {
  req: http.IncomingMessage;
  res: http.ServerResponse;
  url: URL;
  brand: Brand;
  origin: string;
  log: (line: string) => void;
}

interface Provider<S> {
  brand: Brand;
  /** For the message about a taken port. */
  party: string;
  setting: string;
  /** Makes keys and the like, at the first request. */
  prepare: (origin: string) => Promise<S>;
  handle: (visit: Visit, prepared: S) => Promise<void> | void;
}

/** Starts a provider on loopback. @throws UserError for a taken port. */
export async function serve<S>(
  { port = 0, log = () => {}, wrap }: Omit<ServeOptions, 'data'>,
  { brand, party, setting, prepare, handle }: Provider<S>,
): Promise<Served> {
  let prepared: Promise<S> | undefined;
  const handler: http.RequestListener = (req, res) => {
    const valid = URL.canParse(req.url ?? '/', origin);
    const visit = { req, res, url: new URL(valid ? (req.url ?? '/') : '/', origin), brand, origin, log };
    if (!valid) return refuse(visit, 400, 'This is no address.');
    if (sentAsset(visit.url.pathname, res)) return;
    prepared ??= prepare(origin).catch((error) => {
      // After a full disk, for example, the next request tries again.
      prepared = undefined;
      throw error;
    });
    prepared
      .then((ready) => handle(visit, ready))
      .catch((error: Error) => {
        log(`failed: ${error.message}`);
        if (res.headersSent) res.destroy();
        else refuse(visit, 500, 'Something went wrong here, not in your application.');
      });
  };
  const server = await listenOnLoopback(wrap?.(handler) ?? handler, { port, party, setting });
  const origin = `http://localhost:${server.port}`;
  return { port: server.port, origin, close: server.close };
}

export function refuse({ res, brand, origin }: Visit, status: number, explanation: string): void {
  const next = 'Go back to the app and log in again.';
  send(res, status, page('error', brand, origin, { title: 'No sign-in', explanation, next }));
}

/** Sends the front page. @param user the e-mail address of who is signed in. @param facts to connect a tenant. */
export function home({ res, brand, origin }: Visit, user: string | undefined, facts: object): void {
  const listed = Object.entries(facts).map(([label, value]) => ({ label, value: String(value) }));
  send(res, 200, page('home', brand, origin, { user, facts: listed }));
}

export function toHome({ res }: Visit): void {
  res.writeHead(303, { location: '/' }).end();
}

/** Sends the sign-in page, or reads its form. @returns undefined when the page was sent. */
export async function signIn<A extends Account>(
  { req, res, brand, origin, log }: Visit,
  locals: { action: string; visitor: string; accounts: readonly A[] },
): Promise<A | 'cancelled' | undefined> {
  const show = (status: number, email: string, message?: string): undefined =>
    void send(res, status, page('sign-in', brand, origin, { ...locals, email, message }));
  if (req.method !== 'POST') return show(200, '');
  const form = await readForm(req);
  if (form.has('cancel')) {
    log('nobody signed in: cancelled');
    return 'cancelled';
  }
  const email = form.get('email') ?? '';
  const wanted = email.trim().toLowerCase();
  const account = locals.accounts.find(
    (one) => one.email === wanted && one.password === form.get('password'),
  );
  if (!account) return show(401, email, 'No account has this address and this password.');
  log(`signed in: ${account.email}`);
  return account;
}

/** @returns an empty form if it has more than 64 KiB. */
export async function readForm(req: http.IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(req)) ?? '');
}
