import crypto from 'node:crypto';
import type { Connection } from '../config/connections';

/** A login that is at somebody else's provider now. Its `state` travels there and back, as state or as RelayState. */
export interface Pending {
  state: string;
  /** The interaction in which it was begun. */
  uid: string;
  client_id: string;
  /** The connection's name. */
  connection: string;
  /** OpenID Connect Core 3.1.2.1 and RFC 7636. */
  nonce?: string;
  code_verifier?: string;
  /** The ID of the SAML request, and the answer that came for it, in base64 as it came. */
  requestId?: string;
  samlResponse?: string;
}

/** As long as the interaction in which it was begun, in milliseconds. */
const LIFETIME = 3600 * 1000;
const MOST = 10_000;

/** The logins that wait for an answer of another provider. Each is answered once: what comes a second time finds
 * nothing. They outlive a reload of the configuration. */
export class ExternalLogins {
  /** The oldest first. */
  readonly #pending = new Map<string, Pending & { until: number }>();
  /** IDs of SAML requests and assertions that are used up, with the time until which they could be of use. */
  readonly #used = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  begin(uid: string, client_id: string, connection: Connection): Pending {
    this.#sweep();
    const pending = {
      state: crypto.randomBytes(32).toString('base64url'),
      uid,
      client_id,
      connection: connection.name,
    };
    this.#pending.set(pending.state, Object.assign(pending, { until: this.now() + LIFETIME }));
    return pending;
  }

  find(state: string | null | undefined): Pending | undefined {
    const found = this.#pending.get(state ?? '');
    return found && found.until > this.now() ? found : undefined;
  }

  /** The login of an answer, which is waited for no longer. */
  take(state: string | null | undefined): Pending | undefined {
    const found = this.find(state);
    if (found) this.#pending.delete(found.state);
    if (found?.requestId !== undefined) this.use(found.requestId);
    return found;
  }

  /** Whether an ID was used before. */
  isUsed(id: string): boolean {
    return this.#used.has(id);
  }

  /** @param until milliseconds since the epoch: how long it must be remembered. */
  use(id: string, until = this.now() + LIFETIME): void {
    this.#used.set(id, until);
  }

  #sweep(): void {
    const now = this.now();
    for (const [state, { until }] of this.#pending) {
      if (until > now && this.#pending.size < MOST) break;
      this.#pending.delete(state);
    }
    for (const [id, until] of this.#used) if (until <= now) this.#used.delete(id);
  }
}

/** Why nobody is logged in. */
export class LoginRefused extends Error {
  override name = 'LoginRefused';

  /** @param reason the precise one, for the event stream.
   * @param error what the application is told (RFC 6749, section 4.1.2.1). */
  constructor(
    readonly reason: string,
    readonly error: string,
    readonly description: string,
  ) {
    super(reason);
  }
}
