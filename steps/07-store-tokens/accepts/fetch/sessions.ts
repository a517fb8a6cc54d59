import { randomBytes } from 'node:crypto';
import type http from 'node:http';
import { Problem } from './pages';
import { change, idleSeconds, make, read, remove, use } from './rows';

interface Data {
  user?: { name: string; email: string };
  wanted?: string;
  logins?: Record<string, Login>;
}
type Login = { nonce: string; verifier: string };

export const random = () => randomBytes(32).toString('base64url');

/** A row of the table: what it has is read there, and written there at once. */
export class Session {
  constructor(public id: string) {}

  get #data(): Data {
    return read<Data>(this.id, 'data') ?? {};
  }

  get user(): Data['user'] {
    return this.#data.user;
  }
  set user(user: NonNullable<Data['user']>) {
    change(this.id, 'data', (data) => ({ ...data, user }));
  }

  get wanted(): string | undefined {
    return this.#data.wanted;
  }
  set wanted(wanted: string) {
    change(this.id, 'data', (data) => ({ ...data, wanted }));
  }

  /** Logins under way, by state. */
  readonly logins = {
    has: (state: string) => this.logins.get(state) !== undefined,
    get: (state: string): Login | undefined => new Map(Object.entries(this.#data.logins ?? {})).get(state),
    set: (state: string, login: Login) => this.#edit((all) => [...all, [state, login]]),
    delete: (state: string) => this.#edit((all) => all.filter(([one]) => one !== state)),
  };

  #edit(edit: (all: [string, Login][]) => [string, Login][]): void {
    change(this.id, 'data', (data: Data) => ({
      ...data,
      logins: Object.fromEntries(edit(Object.entries(data.logins ?? {}))),
    }));
  }
}

const secure = process.env.BASE_URL?.startsWith('https:') ?? false;
const NAME = secure ? '__Host-sid' : 'sid';

/** The session of the browser's cookie, or a new one. */
export function sessionOf(req: http.IncomingMessage, res: http.ServerResponse): Session {
  const cookies = (req.headers.cookie ?? '').split(/;\s*/);
  const id = cookies.find((one) => one.startsWith(`${NAME}=`))?.slice(NAME.length + 1) ?? '';
  return use(id) ? withCookie(res, id) : begin(res);
}

/** Gives what the session has a new identifier: the one from before the login may be known to somebody else. */
export function renew(session: Session, res: http.ServerResponse): Session {
  const data = read<Data>(session.id, 'data') ?? {};
  // Who has logged out while the tokens were fetched remains logged out, at whichever process.
  if (!remove(session.id)) throw new Problem(400, 'This login is over: you have logged out since.');
  session.id = begin(res).id;
  change(session.id, 'data', () => data);
  return session;
}

export function end(session: Session): void {
  remove(session.id);
}

function begin(res: http.ServerResponse): Session {
  const id = random();
  make(id);
  return withCookie(res, id);
}

/** Each answer sends the cookie again, so that it ends with the session. */
function withCookie(res: http.ServerResponse, id: string): Session {
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${idleSeconds}${secure ? '; Secure' : ''}`;
  res.setHeader('Set-Cookie', `${NAME}=${id}; ${attributes}`);
  return new Session(id);
}
