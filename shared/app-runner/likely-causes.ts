import path from 'node:path';
import type { Finding } from '../lib/finding';
import type { ErrorReport } from './agent/describe-error';
import { chainOf, placeOf } from './error-report';
import { textOf } from './stack-trace';

type LikelyCause = Pick<Finding, 'id' | 'cause' | 'next'>;

/** Mistakes that an error and the line of its origin prove. */
export function likelyCause(error: ErrorReport, folder: string): LikelyCause | undefined {
  const at = placeOf(error, folder);
  const lines = at === undefined ? [] : linesFrom(folder, at);
  const text = chainOf(error);
  const place = at ?? 'the place of the error';
  if (error.status === 501 && /^\s*throw\b/.test(lines[0] ?? '') && isWrittenBelow(lines))
    return {
      id: 'placeholder-left',
      cause: `the starter’s throw at ${place} is still above the lines that you wrote: nothing below it runs`,
      next: `delete the line ${place}`,
    };
  if (/Missing parameter name/.test(text) && /[('"/]\*|\*['"]/.test(lines.slice(0, 3).join('\n') || text))
    return {
      id: 'express-4-path',
      cause: `the path at ${place} is written for Express 4: in Express 5 a wildcard has a name, so '*' is '/{*path}'`,
      next: `give the wildcard at ${place} a name, e.g. '/{*path}'`,
    };
  if (/\b(Issuer|generators)\b/.test(lines[0] ?? '') && /undefined|not a (function|constructor)/.test(text))
    return {
      id: 'openid-client-5',
      cause: `${place} is written for openid-client 5: version 6 has no Issuer, no Client and no generators, but functions such as discovery, randomState and authorizationCodeGrant`,
      next: `replace what ${place} calls: client.discovery(…), client.randomState(), client.buildAuthorizationUrl(…)`,
    };
  if (/only requests to HTTPS are allowed/.test(text))
    return {
      id: 'no-allow-insecure-requests',
      cause:
        'openid-client refuses plain http, and the tenant on this machine has no other: allowInsecureRequests is missing',
      next: `pass { execute: [client.allowInsecureRequests] } to discovery, for an issuer with http: only; see ${place}`,
    };
  return undefined;
}

/** The lines of an app's file from a place such as "auth.ts:12" on. */
function linesFrom(folder: string, at: string): string[] {
  const [, file = '', line = '1'] = /^(.+):(\d+)$/.exec(at) ?? [];
  const lines = textOf(path.join(folder, file)).split('\n');
  return lines.slice(Number(line) - 1);
}

/** Whether a statement follows in the same block; comments don't count. */
function isWrittenBelow(lines: readonly string[]): boolean {
  const end = lines.findIndex((line) => /\)?;?\s*$/.test(line) && /[;)]\s*$/.test(line));
  const next = lines.slice(end + 1).find((line) => line.trim() !== '' && !/^\s*(\/\/|\/?\*)/.test(line));
  return next !== undefined && !/^\s*[})\]]/.test(next);
}
