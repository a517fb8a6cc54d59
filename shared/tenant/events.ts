import { observe } from '../lib/observe';

type Maybe = string | undefined;

/** One event for each decision. The reason is precise here, while the HTTP answer remains generic as the standards
 * demand. */
export type TenantEvent = { /** Milliseconds since the epoch. */ at: number } & (
  | { type: 'started'; issuer: string }
  | { type: 'configuration loaded'; applications: string[]; apis: string[] }
  | { type: 'configuration refused'; problems: string[] }
  | { type: 'signing keys changed'; signs: Maybe; published: Maybe[]; revoked: Maybe[] }
  | { type: 'authorization requested'; client_id: Maybe; parameters: Record<string, string> }
  | { type: 'authorization refused'; client_id: Maybe; error: string; reason: string }
  | { type: 'login ok'; client_id: string; user_id: string; connection: string }
  | { type: 'account blocked'; identifier: string; ip: string; reason: string }
  | { type: 'account unblocked'; identifier: string }
  | { type: 'connection output'; connection: string; text: string }
  | { type: 'login elsewhere'; client_id: string; connection: string }
  | { type: 'login refused'; client_id: Maybe; connection?: string; reason: string }
  | { type: 'consent given'; client_id: string; user_id: string; scope: string[]; audience: Maybe }
  | { type: 'consent declined'; client_id: string; user_id: string }
  | { type: 'scope left out'; client_id: string; scope: string; reason: string }
  | { type: 'code issued'; client_id: string; user_id: string; redirect_uri: string }
  | {
      type: 'token issued';
      client_id: string;
      user_id: Maybe;
      grant_type: string;
      tokens: string[];
      scope: string;
      audience: Maybe;
    }
  | { type: 'token refused'; client_id: Maybe; grant_type: Maybe; error: string; reason: string }
  // Auth0's code in its logs.
  | { type: 'refresh token reused'; code: 'ferrt'; client_id: string; user_id: string; reason: string }
  | { type: 'token revoked'; client_id: string; reason: string }
  | { type: 'userinfo answered'; user_id: string; hint?: string }
  | { type: 'userinfo refused'; reason: string }
  | { type: 'logout'; client_id: Maybe; user_id: Maybe; returnTo: Maybe }
  | { type: 'back-channel logout sent'; client_id: string; user_id: string; url: string }
  | { type: 'back-channel logout refused'; client_id: string; user_id: string; url: string; reason: string }
  | { type: 'logout refused'; client_id: Maybe; reason: string }
  | { type: 'users hint'; file: string; reason: string }
  | { type: 'role assignment without effect'; role: string; reason: string }
  // `script` is kind and name, e.g. "Action Add role".
  | { type: 'action hint'; script: string; reason: string }
  | { type: 'action broken'; script: string; file: string; line: number; reason: string }
  | { type: 'action output'; script: string; level: 'log' | 'error'; text: string }
  | {
      type: 'action failed';
      client_id?: Maybe;
      user_id?: Maybe;
      script: string;
      file: string;
      line: number | undefined;
      reason: string;
    }
  | { type: 'action denied'; client_id: string; user_id: Maybe; script: string; reason: string }
  | {
      type: 'claim dropped';
      client_id: string;
      user_id: Maybe;
      script: string;
      token: 'ID token' | 'access token';
      claim: string;
      reason: string;
    }
  | { type: 'user sent elsewhere'; client_id: string; user_id: string; script: string; url: string }
  | { type: 'user came back'; client_id: string; user_id: string; script: string }
  | { type: 'not kept'; reason: string }
  | { type: 'management call'; client_id: string; call: string; status: number }
  | { type: 'management refused'; client_id: Maybe; call: string; status: number; reason: string }
  | { type: 'server error'; reason: string }
);

type WithoutTime<E> = E extends unknown ? Omit<E, 'at'> : never;
/** The stream adds the time. */
export type NewTenantEvent = WithoutTime<TenantEvent>;

/** Found when files are read. */
const OF_FILES: ReadonlySet<TenantEvent['type']> = new Set([
  'users hint',
  'role assignment without effect',
  'action hint',
  'action broken',
  'not kept',
] as const);

/** Whether an event was found when files were read, and not when somebody asked for something. */
export const isOfFiles = ({ type }: TenantEvent): boolean => OF_FILES.has(type);

/** Stores the latest events and passes new ones to listeners. */
export class EventStream {
  readonly #recent: TenantEvent[] = [];
  readonly #listeners = new Set<(event: TenantEvent) => void>();

  constructor(private readonly capacity = 1000) {}

  emit(event: NewTenantEvent): void {
    const full = { at: Date.now(), ...event } as TenantEvent;
    this.#recent.push(full);
    if (this.#recent.length > this.capacity * 2) this.#recent.splice(0, this.#recent.length - this.capacity);
    for (const listener of this.#listeners) observe(`the event "${full.type}"`, () => listener(full));
  }

  recent(): readonly TenantEvent[] {
    return this.#recent.slice(-this.capacity);
  }

  /** As `subscribe`, for a log, which starts after the files were read: their events come first. */
  log(listener: (event: TenantEvent) => void): () => void {
    for (const event of this.#recent) if (isOfFiles(event)) listener(event);
    return this.subscribe(listener);
  }

  /** @returns a function that unsubscribes. */
  subscribe(listener: (event: TenantEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
