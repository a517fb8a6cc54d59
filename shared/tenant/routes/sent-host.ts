import type { IncomingMessage } from 'node:http';

/** Whether Host is this machine or the issuer; with another name (DNS rebinding) its page could read the answer. */
export function namesThisMachine(req: IncomingMessage, issuer: string): boolean {
  const host = sentHost(req);
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host) || host === new URL(issuer).host;
}

/** Before `presentAsIssuer` replaced it. */
function sentHost({ rawHeaders }: IncomingMessage): string {
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'host');
  return at < 0 ? '' : (rawHeaders[at + 1] ?? '').toLowerCase();
}
