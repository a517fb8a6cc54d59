import type { IncomingMessage, ServerResponse } from 'node:http';
import { LARGEST_FORM, readBody } from '../../lib/body';
import type { TenantContext } from '../provider/context';
import { sendErrorPage } from './send';

/** Characters of a redirect's URL: Node.js allows 16 KiB for all headers, with cookies. */
const LONGEST_ADDRESS = 12 * 1024;

/** Turns a POST into the equal GET. A cross-site POST has no SameSite=Lax cookies, so it is redirected to the GET,
 * which has. @param methods of the endpoint (OpenID Connect Core 3.1.2.1). @returns undefined if already answered. */
export async function asGet(
  req: IncomingMessage,
  res: ServerResponse,
  path: string,
  methods: readonly string[],
  tenant: TenantContext,
): Promise<IncomingMessage | undefined> {
  const refuse = (status: number, explanation: string, next: string) => {
    const facts = [
      { label: 'Method', value: req.method ?? '' },
      { label: 'Content-Type', value: req.headers['content-type'] ?? 'none' },
    ];
    const title = 'The request cannot be answered';
    sendErrorPage(res, tenant, { status, title, explanation, facts, next, code: 'invalid_request' });
    return undefined;
  };
  if (!methods.includes(req.method ?? '')) {
    res.setHeader('Allow', methods.join(', '));
    return refuse(405, `${path} takes ${methods.join(' and ')} only.`, `Send the request by ${methods[0]}.`);
  }
  const unreadable = bodyProblem(req);
  if (unreadable)
    return refuse(
      415,
      unreadable,
      'Send the parameters as a form: Content-Type: application/x-www-form-urlencoded.',
    );
  const body = await readBody(req);
  if (body === undefined) {
    res.setHeader('Connection', 'close');
    return refuse(
      413,
      `The form has more than ${LARGEST_FORM} bytes.`,
      'Send less, or push the request (PAR).',
    );
  }
  const address = `${path}?${new URLSearchParams(body)}`;
  if (!fromOtherSite(req, tenant.issuer)) return changedToGet(req, address);
  if (address.length > LONGEST_ADDRESS)
    return refuse(
      413,
      `The form comes from another site, and is too long for the address to which it would be redirected (${LONGEST_ADDRESS} characters).`,
      'Send less, or push the request (PAR).',
    );
  res.writeHead(303, { location: address, 'cache-control': 'no-store' }).end();
  return undefined;
}

function bodyProblem({ headers }: IncomingMessage): string | undefined {
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(headers['content-type'] ?? ''))
    return 'The parameters of a POST must be a form.';
  const coding = headers['content-encoding'] ?? 'identity';
  return coding === 'identity' ? undefined : `The form must not be encoded as ${coding}.`;
}

/** Whether a browser omits SameSite=Lax cookies; ports are the same site. */
function fromOtherSite({ headers }: IncomingMessage, issuer: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'cross-site';
  // Older browsers send only Origin; programs send neither.
  const { origin } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).hostname !== new URL(issuer).hostname;
}

function changedToGet(req: IncomingMessage, address: string): IncomingMessage {
  req.method = 'GET';
  req.url = address;
  for (const name of ['content-type', 'content-length', 'transfer-encoding']) delete req.headers[name];
  return req;
}
