import { requestBehind } from './findings-back';
import { challengeOf, type Part } from './mentions';
import type { Entry } from './types';
import type { Wire } from './wire';

/** Other places of a value, and what they prove. */
export interface ValueLinks {
  /** What is compared, e.g. "The same state". */
  what: string;
  /** In chronological order; `here` is this message. */
  stations: { n: number; role: string; here: boolean }[];
  more: number;
  /** The result of a comparison, in words. */
  proof?: { right: boolean; text: string };
}

const MOST = 6;

const WORDS: Record<string, string> = {
  state: 'The same state',
  nonce: 'The same nonce',
  code: 'The same code',
  challenge: 'Challenge and verifier',
  refresh: 'The same refresh token',
  access: 'The same access token',
  id: 'The same ID token',
  cookie: 'The same cookie',
};

/** The other messages with the value of a parameter or header. */
export function linksOf(wire: Wire, entry: Entry, part: Part, name: string): ValueLinks[] {
  const own = wire.mentions(entry).filter((one) => one.part === part && one.name === name);
  const proof = name === 'code_verifier' ? proofOf(wire, entry) : undefined;
  const links = own.flatMap(({ key }): ValueLinks[] => {
    const kind = key.split(' ', 1)[0] ?? '';
    // The same value is often in two places of one message.
    const all = [...new Map(wire.where(key).map((one) => [`${one.n} ${one.role}`, one])).values()];
    if (all.every(({ n }) => n === entry.n)) return [];
    // A bearer token is only compared with ID tokens if it is one.
    if (kind === 'id' && name === 'authorization' && !all.some(({ role }) => role === 'issued')) return [];
    const chosen = all.length <= MOST ? all : around(all, entry.n);
    return [
      {
        what:
          kind === 'cookie'
            ? `The same cookie ${key.slice(7).split('=', 1)[0]}`
            : (WORDS[kind] ?? 'The same value'),
        stations: chosen.map(({ n, role }) => ({ n, role, here: n === entry.n })),
        more: all.length - chosen.length,
      },
    ];
  });
  const first = links[0];
  if (proof && first) first.proof = proof;
  else if (proof) links.push({ what: 'Challenge and verifier', stations: [], more: 0, proof });
  return links;
}

function around<T extends { n: number }>(all: readonly T[], n: number): T[] {
  const at = all.findIndex((one) => one.n === n);
  const from = Math.max(1, Math.min(at - 2, all.length - MOST + 1));
  return [...all.slice(0, 1), ...all.slice(from, from + MOST - 1)];
}

/** PKCE as the tenant checks it: the verifier's hash is the challenge (RFC 7636, section 4.6). */
function proofOf(wire: Wire, { message }: Entry): ValueLinks['proof'] {
  const params = new URLSearchParams(message.requestBody);
  const verifier = params.get('code_verifier');
  const challenge = requestBehind(wire, params.get('code') ?? '')?.get('code_challenge');
  if (!verifier) return undefined;
  const hash = challengeOf(verifier);
  if (!challenge) return { right: true, text: `Its SHA-256 hash in base64url is ${hash}.` };
  return hash === challenge
    ? {
        right: true,
        text: `Its SHA-256 hash in base64url is ${hash}: the code_challenge of the request. It matches.`,
      }
    : {
        right: false,
        text: `Its SHA-256 hash in base64url is ${hash}; the code_challenge was ${challenge}. It does not match.`,
      };
}
