import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../lib/body';
import type { Connection } from '../config/connections';
import { issuerParts } from '../config/issuer';
import { handOverPage } from '../pages';
import type { TenantContext } from '../provider/context';
import { loggedIn, notLoggedIn } from '../routes/logged-in';
import type { Elsewhere, Now, Visit } from '../routes/now';
import { sendErrorPage, sendPage } from '../routes/send';
import { ExternalLogins, LoginRefused } from './external-logins';
import { arrive, buttonsFor, depart, labelOf, metadataOf, type Place } from './strategies';

/** Bytes of a provider's answer: a SAML response with many attributes and its certificate is long. */
const LARGEST_ANSWER = 256 * 1024;

/** Logins at the connections of tenant.yaml. It survives a reload of the configuration. */
export class Connections implements Elsewhere {
  readonly #logins = new ExternalLogins();

  constructor(private readonly place: Place) {}

  buttons(connections: readonly Connection[], hasPassword: boolean): { name: string; label: string }[] {
    return buttonsFor(connections, hasPassword).map((one) => ({ name: one.name, label: labelOf(one) }));
  }

  async leave(visit: Visit, connection: Connection): Promise<void> {
    const { res, details, tenant } = visit;
    const client_id = String(details.params.client_id);
    const pending = this.#logins.begin(details.uid, connection);
    try {
      const departure = await depart(this.place, connection, pending, details.params.login_hint);
      tenant.events.emit({ type: 'login elsewhere', client_id, connection: connection.name });
      if ('to' in departure) {
        res.writeHead(303, { location: departure.to.href, 'cache-control': 'no-store' }).end();
        return;
      }
      const provider = connection.display_name ?? connection.name;
      const tenantOrigin = issuerParts(tenant.issuer).origin;
      sendPage(res, 200, handOverPage({ ...departure, provider, tenantOrigin }), [departure.action]);
    } catch (error) {
      this.#logins.take(pending.state);
      await refuse(visit, connection.name, error);
    }
  }

  /** /login/callback. The POST of a SAML response is cross-site, without SameSite=Lax cookies: so its answer is
   * stored, and a redirect to the login's own address requires the cookie of the browser that began it. */
  async callback(req: IncomingMessage, res: ServerResponse, { tenant }: Now): Promise<void> {
    const url = new URL(req.url ?? '/', tenant.issuer);
    let answer = url.searchParams;
    let samlResponse: string | undefined;
    if (req.method === 'POST') {
      const body = await readBody(req, LARGEST_ANSWER);
      if (body === undefined) {
        res.writeHead(413, { connection: 'close' }).end();
        return;
      }
      answer = new URLSearchParams(body);
      samlResponse = answer.get('SAMLResponse') ?? undefined;
      answer = new URLSearchParams({
        state: answer.get('RelayState') ?? '',
        connection: url.searchParams.get('connection') ?? '',
      });
    }
    const state = answer.get('state');
    const pending = this.#logins.find(state);
    if (!pending) return nobodyWaits(res, tenant, state, samlResponse, url.searchParams.get('connection'));
    if (samlResponse !== undefined) pending.samlResponse = samlResponse;
    const location = `/u/login/${pending.uid}/answer?${answer}`;
    res.writeHead(303, { location, 'cache-control': 'no-store' }).end();
  }

  async answered(visit: Visit): Promise<void> {
    const { req, res, details, tenant } = visit;
    const answer = new URL(req.url ?? '/', tenant.issuer).searchParams;
    const pending = this.#logins.take(answer.get('state'));
    if (!pending || pending.uid !== details.uid) return nobodyWaits(res, tenant, answer.get('state'));
    const client_id = String(details.params.client_id);
    const connection = tenant.snapshot
      .connectionsOf(client_id)
      .find(({ name }) => name === pending.connection);
    try {
      const at = answer.get('connection');
      if (at && at !== pending.connection)
        throw new LoginRefused(
          `the answer of the login with ${pending.connection} came to the address of ${at}`,
          'access_denied',
          'The answer came for another connection.',
        );
      if (!connection)
        throw new LoginRefused(
          `the connection ${pending.connection} is no longer there for this application`,
          'invalid_request',
          'the connection was disabled',
        );
      const profile = await arrive(this.place, connection, pending, answer, this.#logins, (text) =>
        tenant.events.emit({ type: 'connection output', connection: connection.name, text }),
      );
      const user = tenant.users.upsertFromConnection(connection, profile);
      if (user.blocked) throw new LoginRefused('blocked user', 'unauthorized', 'user is blocked');
      await loggedIn(visit, user);
    } catch (error) {
      await refuse(visit, pending.connection, error);
    }
  }

  async metadata(req: IncomingMessage, res: ServerResponse, { tenant }: Now): Promise<void> {
    const name = new URL(req.url ?? '/', tenant.issuer).searchParams.get('connection') ?? '';
    const connection = tenant.snapshot.loaded.connections.find((one) => one.name === name);
    if (connection?.strategy === 'samlp') {
      const xml = await metadataOf(connection, this.place);
      res.writeHead(200, { 'content-type': 'application/samlmetadata+xml; charset=utf-8' }).end(xml);
      return;
    }
    sendErrorPage(res, tenant, {
      status: 404,
      title: 'No such connection',
      explanation: 'No SAML connection of this tenant has this name.',
      facts: [{ label: 'connection', value: name }],
      next: 'Compare it with the names under connections in tenant.yaml.',
    });
  }
}

async function refuse(visit: Visit, connection: string, error: unknown): Promise<void> {
  if (!(error instanceof LoginRefused)) throw error;
  const client_id = String(visit.details.params.client_id);
  visit.tenant.events.emit({ type: 'login refused', client_id, connection, reason: error.reason });
  await notLoggedIn(visit, error.error, error.description);
}

/** An answer without a pending login names no application to redirect to. */
function nobodyWaits(
  res: ServerResponse,
  tenant: TenantContext,
  state: string | null,
  samlResponse?: string,
  connection?: string | null,
): void {
  const unasked = samlResponse !== undefined && !state;
  tenant.events.emit({
    type: 'login refused',
    client_id: undefined,
    ...(connection ? { connection } : {}),
    reason: unasked
      ? 'IdP-initiated: a SAML response came without RelayState, and nobody had asked for it'
      : 'no login waits for this state: it is unknown, too old, or was answered before',
  });
  sendErrorPage(res, tenant, {
    status: 400,
    title: unasked ? 'Nobody asked for this login' : 'No login waits for this answer',
    explanation: unasked
      ? `IdP-Initiated login is not enabled for connection "${connection ?? ''}".`
      : 'It took too long, was answered before, or was never begun here.',
    facts: connection ? [{ label: 'Connection', value: connection }] : [],
    next: 'Go back to the application and log in from there.',
    code: 'invalid_request',
  });
}
