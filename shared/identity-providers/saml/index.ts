import crypto from 'node:crypto';
import type http from 'node:http';
import type { Certified } from '../../lib/certificate';
import { listenOnLoopback } from '../../lib/listen';
import { findAccount } from '../accounts';
import { readForm } from '../form';
import { page, send, sentAsset } from '../pages';
import { STAFF, type StaffAccount } from './accounts';
import { BRAND } from './brand';
import { samlKeys } from './keys';
import type { Answering, SamlRequest } from './messages';

export interface SamlOptions {
  /** 0, the default, takes a free port. */
  port?: number;
  /** Folder for the signing key. */
  data: string;
  /** The one tenant that may ask, with a final slash; its metadata is fetched there at each request. */
  tenant: () => string;
  /** Reports who signed in or did not. */
  log?: (line: string) => void;
  /** Milliseconds since the epoch; tests move it. */
  now?: () => number;
  /** Lets a recorder see every request. */
  wrap?: (handler: http.RequestListener) => http.RequestListener;
}

export interface SamlProvider {
  port: number;
  origin: string;
  close(): Promise<void>;
}

interface Now extends Required<Pick<SamlOptions, 'tenant' | 'now' | 'log'>> {
  origin: string;
  key: Certified;
  /** By cookie. */
  sessions: Map<string, StaffAccount>;
  /** Requests that wait for a sign-in, by the ID of their page. */
  waiting: Map<string, Waiting>;
}
interface Waiting {
  answering: Omit<Answering, 'now'>;
  relayState: string | null;
}

const COOKIE = 'larkfield.sid';
/** The newest requests and sessions are stored. */
const MOST = 1000;

/** Loaded at the first request. */
const messages = () => require('./messages') as typeof import('./messages');

/** Starts Larkfield Clinic, the offline SAML identity provider, on loopback; loads nothing before the first request.
 * @throws UserError for a taken port. */
export async function startSaml(options: SamlOptions): Promise<SamlProvider> {
  const { port = 0, data, tenant, now = Date.now, log = () => {}, wrap } = options;
  const sessions = new Map<string, StaffAccount>();
  const waiting = new Map<string, Waiting>();
  let key: Promise<Certified> | undefined;
  const handler: http.RequestListener = (req, res) => {
    key ??= samlKeys(data).catch((error) => {
      // After a full disk, for example, the next request tries again.
      key = undefined;
      throw error;
    });
    key
      .then((kept) => handle(req, res, { origin, key: kept, tenant, now, log, sessions, waiting }))
      .catch((error: Error) => {
        log(`failed: ${error.message}`);
        if (res.headersSent) res.destroy();
        else refuse(res, origin, 500, 'Something went wrong here, not in your application.');
      });
  };
  const server = await listenOnLoopback(wrap?.(handler) ?? handler, {
    port,
    party: 'The SAML identity provider',
    setting: '--port N or SAML_PORT',
  });
  const origin = `http://localhost:${server.port}`;
  return { port: server.port, origin, close: server.close };
}

async function handle(req: http.IncomingMessage, res: http.ServerResponse, now: Now): Promise<void> {
  const at = URL.canParse(req.url ?? '/', now.origin) ? new URL(req.url ?? '/', now.origin) : undefined;
  if (!at) return refuse(res, now.origin, 400, 'This is no address.');
  const { pathname, search } = at;
  if (sentAsset(pathname, res)) return;
  const post = req.method === 'POST';
  if (pathname === '/') return home(req, res, now);
  if (pathname === '/metadata') {
    const xml = messages().identityProvider(now.origin, now.key).getMetadata();
    res.writeHead(200, { 'Content-Type': 'application/samlmetadata+xml' }).end(xml);
    return;
  }
  if (pathname === '/sso') {
    const fields = post ? await readForm(req) : new URLSearchParams(search);
    return asked(
      req,
      res,
      { fields: fields ?? new URLSearchParams(), query: post ? undefined : search.slice(1) },
      now,
    );
  }
  const [, id = ''] = /^\/sign-in\/([\w-]+)$/.exec(pathname) ?? [];
  if (id) return signIn(req, res, id, now);
  if (pathname === '/sign-out' && post) {
    now.sessions.delete(cookieOf(req));
    res.writeHead(303, { location: '/' }).end();
    return;
  }
  refuse(res, now.origin, 404, 'There is nothing at this address.');
}

/** SAML Profiles 4.1.4.1. */
async function asked(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  request: SamlRequest,
  now: Now,
): Promise<void> {
  let answering: Waiting['answering'];
  try {
    answering = await recognized(request, now);
  } catch (error) {
    now.log(`request refused: ${(error as Error).message}`);
    return refuse(
      res,
      now.origin,
      400,
      `The request for a sign-in is not to be trusted: ${(error as Error).message}`,
    );
  }
  const one: Waiting = { answering, relayState: request.fields.get('RelayState') };
  const user = now.sessions.get(cookieOf(req));
  if (user) return handOver(res, one, user, now);
  const id = crypto.randomBytes(16).toString('hex');
  keepNewest(now.waiting, id, one);
  res.writeHead(303, { location: `/sign-in/${id}`, 'cache-control': 'no-store' }).end();
}

/** Only connections of the one tenant are known, by the metadata that it publishes.
 * @throws Error for a request that contradicts them. */
async function recognized(request: SamlRequest, now: Now): Promise<Waiting['answering']> {
  const { claimed, identityProvider, requestId, serviceProvider, acsOf } = messages();
  const { issuer, acsUrl } = claimed(request);
  const tenant = now.tenant();
  const connection = acsUrl && URL.canParse(acsUrl) ? new URL(acsUrl).searchParams.get('connection') : null;
  const from = new URL('/samlp/metadata', tenant);
  from.searchParams.set('connection', connection ?? issuer.split(':').at(-1) ?? '');
  const found = await fetch(from);
  if (!found.ok) throw new Error(`the tenant at ${tenant} has no metadata of it (${found.status})`);
  const sp = serviceProvider(await found.text());
  if (sp.entityMeta.getEntityID() !== issuer)
    throw new Error(`it comes from ${issuer}, and the tenant’s connection is ${sp.entityMeta.getEntityID()}`);
  if (acsUrl !== undefined && acsUrl !== acsOf(sp))
    throw new Error(`it wants the answer at ${acsUrl}, and ${acsOf(sp)} is registered`);
  const provider = identityProvider(now.origin, now.key, sp.entityMeta.isAuthnRequestSigned());
  return { provider, sp, inResponseTo: await requestId(provider, sp, request) };
}

async function signIn(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  id: string,
  now: Now,
): Promise<void> {
  const one = now.waiting.get(id);
  if (!one) return refuse(res, now.origin, 400, 'This sign-in is no longer open.');
  const show = (status: number, email: string, message?: string) => {
    const locals = { action: `/sign-in/${id}`, visitor: visitorOf(one), email, accounts: STAFF };
    send(res, status, page('sign-in', BRAND, now.origin, { ...locals, ...(message ? { message } : {}) }));
  };
  if (req.method !== 'POST') return show(200, '');
  const form = await readForm(req);
  if (form?.has('cancel')) {
    now.waiting.delete(id);
    now.log('nobody signed in: cancelled');
    return handOver(res, one, undefined, now);
  }
  const user = findAccount(STAFF, form?.get('email') ?? null, form?.get('password') ?? null);
  if (!user)
    return show(401, form?.get('email') ?? '', 'Nobody of the staff has this address and this password.');
  now.waiting.delete(id);
  const sid = crypto.randomBytes(32).toString('base64url');
  keepNewest(now.sessions, sid, user);
  res.setHeader('Set-Cookie', `${COOKIE}=${sid}; Path=/; HttpOnly; SameSite=Lax`);
  now.log(`signed in: ${user.email}`);
  return handOver(res, one, user, now);
}

/** The HTTP-POST binding. */
async function handOver(
  res: http.ServerResponse,
  { answering, relayState }: Waiting,
  user: StaffAccount | undefined,
  now: Now,
): Promise<void> {
  const { assertion, refusal, acsOf } = messages();
  const whole: Answering = { ...answering, now: now.now() };
  const response = user ? await assertion(whole, user) : refusal(whole, 'The user did not sign in.');
  const fields = [
    { name: 'SAMLResponse', value: response },
    ...(relayState === null ? [] : [{ name: 'RelayState', value: relayState }]),
  ];
  const action = acsOf(answering.sp);
  send(
    res,
    200,
    page('hand-over', BRAND, now.origin, {
      visitor: visitorOf({ answering }),
      action,
      fields,
      signedIn: !!user,
    }),
  );
}

const visitorOf = ({ answering }: Pick<Waiting, 'answering'>) =>
  String(answering.sp.entityMeta.getEntityID());

function home(req: http.IncomingMessage, res: http.ServerResponse, now: Now): void {
  const user = now.sessions.get(cookieOf(req))?.email;
  const facts = [
    { label: 'Entity ID and metadata', value: `${now.origin}/metadata` },
    { label: 'Sign-in endpoint', value: `${now.origin}/sso` },
    { label: 'Signing certificate', value: now.key.certificate },
  ];
  send(res, 200, page('home', BRAND, now.origin, { user, facts }));
}

function refuse(res: http.ServerResponse, origin: string, status: number, explanation: string): void {
  const next = 'Go back to the app and log in again.';
  send(res, status, page('error', BRAND, origin, { title: 'No sign-in', explanation, next }));
}

function cookieOf({ headers }: http.IncomingMessage): string {
  const found = (headers.cookie ?? '').split(/;\s*/).find((one) => one.startsWith(`${COOKIE}=`));
  return found?.slice(COOKIE.length + 1) ?? '';
}

function keepNewest<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MOST && oldest !== undefined) map.delete(oldest);
}
