import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../lib/body';
import { issuerParts } from '../config/issuer';
import type { Now } from './now';
import { sendErrorPage } from './send';

/** POST /unblock, from the tenant's start page. */
export async function unblock(req: IncomingMessage, res: ServerResponse, { tenant }: Now): Promise<void> {
  // The page has no login, so forms of other sites must be refused.
  const { origin } = req.headers;
  const site = req.headers['sec-fetch-site'];
  const own =
    site === undefined
      ? [undefined, issuerParts(tenant.issuer).origin].includes(origin)
      : site === 'same-origin';
  if (!own) {
    sendErrorPage(res, tenant, {
      status: 403,
      title: 'Not from here',
      explanation: 'Only the tenant’s own start page may unblock an account.',
      facts: [{ label: 'Origin', value: String(origin ?? site) }],
      next: 'Open the tenant’s start page and press the button there.',
    });
    return;
  }
  const identifier = new URLSearchParams((await readBody(req, 8 * 1024)) ?? '').get('identifier') ?? '';
  if (tenant.bruteForce.unblock(identifier)) tenant.events.emit({ type: 'account unblocked', identifier });
  res.writeHead(303, { location: '/' }).end();
}
