import crypto from 'node:crypto';
import type { Connection } from '../config/connections';

/** A pending login at another provider. `state` travels there and back, as state or RelayState. */
export interface Pending {
  state: string;
  uid: string;
  connection: string;
  /** OpenID Connect Core 3.1.2.1 and RFC 7636. */
  nonce?: string;
  code_verifier?: string;
  /** The ID of the SAML request, and the response to it in base64. */
  requestId?: string;
  samlResponse?: string;
}

/** Milliseconds: as long as its interaction. */
const LIFETIME = 3600 * 1000;
const MOST = 10_000;

/** Pending logins at other providers. Each accepts one answer; they survive a reload of the configuration. */
export class ExternalLogins {
  readonly #pending = new Map<string, Pending & { until: number }>();
  /** Used IDs of SAML requests and assertions, each until it expires. */
  readonly #used = new Map<string, number>();

  constructor(private readonly now: () => number = Date.now) {}

  begin(uid: string, connection: Connection): Pending {
    this.#sweep();
    const pending = {
      state: crypto.randomBytes(32).toString('base64url'),
      uid,
      connection: connection.name,
    };
    this.#pending.set(pending.state, Object.assign(pending, { until: this.now() + LIFETIME }));
    return pending;
  }

  find(state: string | null | undefined): Pending | undefined {
    const found = this.#pending.get(state ?? '');
    return found && found.until > this.now() ? found : undefined;
  }

  take(state: string | null | undefined): Pending | undefined {
    const found = this.find(state);
    if (found) this.#pending.delete(found.state);
    if (found?.requestId !== undefined) this.use(found.requestId);
    return found;
  }

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

export class LoginRefused extends Error {
  override name = 'LoginRefused';

  /** @param reason the precise one, for the event stream.
   * @param error for the application (RFC 6749, section 4.1.2.1). */
  constructor(
    readonly reason: string,
    readonly error: string,
    readonly description: string,
  ) {
    super(reason);
  }
}
