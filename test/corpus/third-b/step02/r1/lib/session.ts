import { randomBytes } from 'node:crypto';
import type { Key } from './tokens';

export interface Data {
  user?: any;
  key?: Key;
  logins: Record<string, { nonce: string; verifier: string; back: string; since: number }>;
  /** How often the API's refusal led to a login. */
  refusals: number;
  freshLogin: boolean;
  loggedOut?: boolean;
}
export interface Session { id: string; data: Data }

const files = new Map<string, Data>();
const NAME = 'PHPSESSID';
const attributes = `; Path=/; HttpOnly; SameSite=Lax${process.env.BASE_URL?.startsWith('https:') ? '; Secure' : ''}`;

const makeId = () => randomBytes(24).toString('hex');

/** session_start() */
export function open(cookies = ''): Session {
  const id = new RegExp(`(?:^|;\\s*)${NAME}=([0-9a-f]{48})(?:;|$)`).exec(cookies)?.[1];
  const data = id ? files.get(id) : undefined;
  return id && data ? { id, data } : { id: makeId(), data: { logins: {}, refusals: 0, freshLogin: false } };
}
export const alive = ({ id, data }: Session) => files.get(id) === data;

export function store({ id, data }: Session): string {
  files.set(id, data);
  return `${NAME}=${id}${attributes}`;
}
/** session_regenerate_id(true), with a clean $_SESSION */
export function renewed(old: Session): Session {
  const { logins, refusals } = old.data;
  destroy(old);
  return { id: makeId(), data: { logins, refusals, freshLogin: true } };
}
export function destroy({ id, data }: Session): string {
  files.delete(id);
  delete data.key;
  delete data.user;
  return `${NAME}=gone; Max-Age=0${attributes}`;
}
