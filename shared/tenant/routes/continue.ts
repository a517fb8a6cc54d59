import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../lib/body';
import type { CameBack } from '../provider/script-input';
import type { ContinueResult } from '../provider/scripts';
import type { Now, Visit } from './now';
import { sendErrorPage } from './send';

const STATE = 'Continuation';
const BACK = 'CameBack';
/** Seconds until a browser follows a redirect. */
const A_MOMENT = 60;

/** The interaction `continue` at /u/continue/UID: redirects to a script's page with a new `state`, and is opened
 * again after /continue. */
export async function sendElsewhere({ req, res, details, tenant, provider }: Visit): Promise<void> {
  const { store, issuer } = tenant;
  const { uid } = details;
  const states = store.adapter(STATE);
  const key = new URL(req.url ?? '/', issuer).searchParams.get('came');
  const back = key === null ? undefined : await store.adapter(BACK).find(key);
  if (key !== null && back?.uid === uid) {
    await Promise.all([states.destroy(uid), store.adapter(BACK).destroy(key)]);
    const result = { continue: back.back as CameBack } satisfies ContinueResult;
    return provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });
  }
  const known = (await states.find(uid))?.sent as string | undefined;
  const state = known ?? `${uid}.${randomBytes(24).toString('base64url')}`;
  if (!known) await states.upsert(uid, { sent: state }, details.exp - Math.floor(Date.now() / 1000));
  const url = new URL(String((details.prompt.details as { url?: string }).url));
  url.searchParams.set('state', state);
  res.writeHead(302, { location: url.href, 'cache-control': 'no-store' }).end();
}

/** GET or POST /continue?state=…, with the `state` that was sent. The data is stored, and counts when the browser
 * brings its cookie: after the redirect it does, even if another site posted here. */
export async function comeBack(req: IncomingMessage, res: ServerResponse, { tenant }: Now): Promise<void> {
  const query = Object.fromEntries(new URL(req.url ?? '/', tenant.issuer).searchParams);
  const text = req.method === 'POST' ? await readBody(req) : '';
  const body = text === undefined ? undefined : formOf(text, req.headers['content-type']);
  const state = query.state ?? body?.state ?? '';
  const uid = state.split('.', 1)[0] ?? '';
  const known = await tenant.store.adapter(STATE).find(uid);
  if (!body || known?.sent !== state) {
    const reason = !body
      ? 'what was sent to /continue is larger than is taken'
      : state
        ? 'the state at /continue is not one that is waited for; one counts once'
        : '/continue was called without the state with which the user was sent away';
    return refuse(res, tenant, state, reason);
  }
  const back: CameBack = { method: req.method ?? 'GET', query: { ...query, state }, body };
  const key = randomBytes(24).toString('base64url');
  await tenant.store.adapter(BACK).upsert(key, { uid, back }, A_MOMENT);
  res.writeHead(303, { location: `/u/continue/${uid}?came=${key}`, 'cache-control': 'no-store' }).end();
}

function refuse(res: ServerResponse, tenant: Now['tenant'], state: string, reason: string): void {
  tenant.events.emit({
    type: 'authorization refused',
    client_id: undefined,
    error: 'invalid_request',
    reason,
  });
  sendErrorPage(res, tenant, {
    status: 400,
    title: 'This login cannot go on',
    explanation:
      'The way back to the tenant must carry the state with which the user was sent away, and works once.',
    facts: state ? [{ label: 'state', value: state }] : [],
    next: 'Send the user to /continue?state=… with the very state that came to your page, or log in again.',
  });
}

function formOf(text: string, type = ''): Record<string, string> {
  return type.startsWith('application/x-www-form-urlencoded')
    ? Object.fromEntries(new URLSearchParams(text))
    : {};
}
