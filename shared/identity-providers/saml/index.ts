import crypto from 'node:crypto';
import type http from 'node:http';
import QuickLRU from 'quick-lru';
import type { Certified } from '../../lib/certificate';
import { page, send } from '../pages';
import {
  home,
  readForm,
  refuse,
  type Served,
  type ServeOptions,
  serve,
  signIn,
  toHome,
  type Visit,
} from '../serve';
import { STAFF, type StaffAccount } from './accounts';
import { BRAND } from './brand';
import { samlKeys } from './keys';
import type { Answering, SamlRequest } from './messages';

export interface SamlOptions extends ServeOptions {
  /** The one tenant that may ask, with a final slash; its metadata is fetched there at each request. */
  tenant: () => string;
  /** Milliseconds since the epoch; tests move it. */
  now?: () => number;
}

export type SamlProvider = Served;

interface Now extends Required<Pick<SamlOptions, 'tenant' | 'now'>> {
  key: Certified;
  sessions: QuickLRU<string, StaffAccount>;
  /** Requests that wait for a sign-in, by the ID of their page. */
  waiting: QuickLRU<string, Waiting>;
}
interface Waiting {
  answering: Omit<Answering, 'now'>;
  relayState: string | null;
}

const COOKIE = 'larkfield.sid';

/** Loaded at the first request. */
const messages = () => require('./messages') as typeof import('./messages');

/** Starts Larkfield Clinic, the offline SAML identity provider, on loopback; loads nothing before the first request.
 * @throws UserError for a taken port. */
export function startSaml({ data, tenant, now = Date.now, ...options }: SamlOptions): Promise<SamlProvider> {
  const sessions = new QuickLRU<string, StaffAccount>({ maxSize: 1000 });
  const waiting = new QuickLRU<string, Waiting>({ maxSize: 1000 });
  return serve(options, {
    brand: BRAND,
    party: 'The SAML identity provider',
    setting: '--port N or SAML_PORT',
    prepare: async () => ({ key: await samlKeys(data), tenant, now, sessions, waiting }),
    handle,
  });
}

async function handle(visit: Visit, now: Now): Promise<void> {
  const { req, res, url, origin } = visit;
  const { pathname, search } = url;
  const post = req.method === 'POST';
  if (pathname === '/')
    return home(visit, now.sessions.get(cookieOf(req))?.email, {
      'Entity ID and metadata': `${origin}/metadata`,
      'Sign-in endpoint': `${origin}/sso`,
      'Signing certificate': now.key.certificate,
    });
  if (pathname === '/metadata') {
    const xml = messages().identityProvider(origin, now.key).getMetadata();
    res.writeHead(200, { 'Content-Type': 'application/samlmetadata+xml' }).end(xml);
    return;
  }
  if (pathname === '/sso') {
    const fields = post ? await readForm(req) : new URLSearchParams(search);
    return asked(visit, { fields, query: post ? undefined : search.slice(1) }, now);
  }
  const [, id = ''] = /^\/sign-in\/([\w-]+)$/.exec(pathname) ?? [];
  if (id) return finishSignIn(visit, id, now);
  if (pathname === '/sign-out' && post) {
    now.sessions.delete(cookieOf(req));
    return toHome(visit);
  }
  refuse(visit, 404, 'There is nothing at this address.');
}

/** SAML Profiles 4.1.4.1. */
async function asked(visit: Visit, request: SamlRequest, now: Now): Promise<void> {
  let answering: Waiting['answering'];
  try {
    answering = await recognized(visit, request, now);
  } catch (error) {
    const reason = (error as Error).message;
    visit.log(`request refused: ${reason}`);
    return refuse(visit, 400, `The request for a sign-in is not to be trusted: ${reason}`);
  }
  const one: Waiting = { answering, relayState: request.fields.get('RelayState') };
  const user = now.sessions.get(cookieOf(visit.req));
  if (user) return handOver(visit, one, user, now);
  const id = crypto.randomBytes(16).toString('hex');
  now.waiting.set(id, one);
  visit.res.writeHead(303, { location: `/sign-in/${id}`, 'cache-control': 'no-store' }).end();
}

/** Only connections of the one tenant are known, by the metadata that it publishes.
 * @throws Error for a request that contradicts them. */
async function recognized({ origin }: Visit, request: SamlRequest, now: Now): Promise<Waiting['answering']> {
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
  const provider = identityProvider(origin, now.key, sp.entityMeta.isAuthnRequestSigned());
  return { provider, sp, inResponseTo: await requestId(provider, sp, request) };
}

async function finishSignIn(visit: Visit, id: string, now: Now): Promise<void> {
  const one = now.waiting.get(id);
  if (!one) return refuse(visit, 400, 'This sign-in is no longer open.');
  const user = await signIn(visit, { action: `/sign-in/${id}`, visitor: visitorOf(one), accounts: STAFF });
  if (!user) return;
  now.waiting.delete(id);
  if (user === 'cancelled') return handOver(visit, one, undefined, now);
  const sid = crypto.randomBytes(32).toString('base64url');
  now.sessions.set(sid, user);
  visit.res.setHeader('Set-Cookie', `${COOKIE}=${sid}; Path=/; HttpOnly; SameSite=Lax`);
  return handOver(visit, one, user, now);
}

/** The HTTP-POST binding. */
async function handOver(
  { res, origin }: Visit,
  one: Waiting,
  user: StaffAccount | undefined,
  now: Now,
): Promise<void> {
  const { assertion, refusal, acsOf } = messages();
  const whole: Answering = { ...one.answering, now: now.now() };
  const response = user ? await assertion(whole, user) : refusal(whole, 'The user did not sign in.');
  const fields = [
    { name: 'SAMLResponse', value: response },
    ...(one.relayState === null ? [] : [{ name: 'RelayState', value: one.relayState }]),
  ];
  const locals = { visitor: visitorOf(one), action: acsOf(one.answering.sp), fields, signedIn: !!user };
  send(res, 200, page('hand-over', BRAND, origin, locals));
}

const visitorOf = ({ answering }: Waiting) => String(answering.sp.entityMeta.getEntityID());

function cookieOf({ headers }: http.IncomingMessage): string {
  const found = (headers.cookie ?? '').split(/;\s*/).find((one) => one.startsWith(`${COOKIE}=`));
  return found?.slice(COOKIE.length + 1) ?? '';
}
