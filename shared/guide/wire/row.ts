import { membersOf } from '../../lib/json';
import type { Message } from '../../recorder';
import { nameIn, shortPath } from '../../workshop/flow/diagram';
import { annotationsOf } from './findings';
import { headerOf, kindOf, locationOf } from './kind';
import type { Entry, Known, Row } from './types';

/** Values that matter most in the flow. */
const ARTIFACTS = ['code', 'access_token', 'id_token', 'refresh_token'];

export function rowOf(wire: Known, entry: Entry): Row {
  if (entry.archived) return entry.archived.row;
  const { n, message } = entry;
  const { from, to, method, url, status, at, ms } = message;
  const marks = annotationsOf(wire, entry);
  return {
    n,
    kind: kindOf(message),
    from,
    to,
    fromName: nameIn(message, from),
    toName: nameIn(message, to),
    process: message.process,
    channel: from === 'browser' ? 'front channel' : 'back channel',
    method,
    path: shortPath(url.pathname),
    brings: broughtBy(message),
    status,
    says: saysOf(wire, message),
    gives: givenBy(message),
    wrong: isWrong(message) || marks.some(({ level }) => level === 'wrong'),
    marks,
    at,
    time: timeOf(at),
    ms,
  };
}

export const timeOf = (at: number): string =>
  `${new Date(at).toLocaleTimeString('en-GB')}.${String(at % 1000).padStart(3, '0')}`;

function broughtBy(message: Message): string[] {
  const { url, requestBody } = message;
  const form = new URLSearchParams(/urlencoded/.test(headerOf(message, 'content-type')) ? requestBody : '');
  const names = ARTIFACTS.filter((name) => url.searchParams.has(name) || form.has(name));
  const grant = form.get('grant_type');
  const error = url.searchParams.get('error');
  if (/^bearer /i.test(headerOf(message, 'authorization'))) names.push('access_token');
  // A refresh is a grant refresh_token with a refresh_token: one word says both.
  return [...new Set([...(grant === null ? [] : [grant]), ...(error === null ? [] : [error]), ...names])];
}

function saysOf(wire: Known, message: Message): string {
  const { status, responseBody } = message;
  if (status === 0) return '';
  const location = locationOf(message);
  if (location) {
    const error = location.searchParams.get('error');
    const there = location.origin === message.url.origin ? '' : whose(wire, location);
    return `to ${there}${shortPath(location.pathname)}${error === null ? '' : `, ${error}`}`;
  }
  const { error, title } = membersOf(responseBody);
  const word = error ?? (status >= 400 ? title : undefined);
  return typeof word === 'string' ? word : '';
}

/** The party or identity provider at an address, or its host, in words before a path. */
function whose(wire: Known, { origin, host }: URL): string {
  const party = wire.partyAt(origin);
  if (party) return `the ${party === 'api' ? 'API' : party}’s `;
  const provider = wire.providers.get(origin);
  return provider === undefined ? host : `${provider}’s `;
}

function givenBy(message: Message): string[] {
  const location = locationOf(message);
  if (location && message.to === 'tenant') return ARTIFACTS.filter((name) => location.searchParams.has(name));
  const members = membersOf(message.responseBody);
  return ARTIFACTS.filter((name) => name !== 'code' && typeof members[name] === 'string');
}

function isWrong(message: Message): boolean {
  const { status, url } = message;
  return (
    status >= 400 ||
    url.searchParams.has('error') ||
    (locationOf(message)?.searchParams.has('error') ?? false)
  );
}
