import type { IncomingMessage } from 'node:http';

/** Whether a request named this machine, or the issuer, as its Host. A name that somebody else pointed to this
 * machine (DNS rebinding) would let a page of theirs read the answer. */
export function namesThisMachine(req: IncomingMessage, issuer: string): boolean {
  const host = sentHost(req);
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host) || host === new URL(issuer).host;
}

/** The Host that was sent: the tenant works with its issuer's in its place. */
function sentHost({ rawHeaders }: IncomingMessage): string {
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  return at < 0 ? '' : (rawHeaders[at + 1] ?? '').toLowerCase();
}
