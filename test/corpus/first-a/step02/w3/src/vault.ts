// What belongs to a session and must not be written back with it: log-ins that are open, and tokens.

export interface OpenLogin {
  nonce: string;
  verifier: string;
  returnTo: string;
  begun: number;
}

export interface Tokens {
  accessToken: string;
  scope: string;
}

export class Drawer {
  readonly logins = new Map<string, OpenLogin>();
  tokens: Tokens | undefined;
  movedTo: Drawer | undefined;
  ended = false;
  touched = Date.now();
  constructor(public readonly sessionId: string) {}

  newest(): Drawer {
    return this.movedTo ? this.movedTo.newest() : this;
  }
}

export class Vault {
  private readonly drawers = new Map<string, Drawer>();

  constructor(private readonly maxAge = 12 * 3600_000) {
    setInterval(() => this.sweep(), 300_000).unref();
  }

  open(sessionId: string): Drawer {
    let drawer = this.drawers.get(sessionId);
    if (!drawer) this.drawers.set(sessionId, (drawer = new Drawer(sessionId)));
    drawer.touched = Date.now();
    return drawer;
  }

  peek(sessionId: string): Drawer | undefined {
    return this.drawers.get(sessionId);
  }

  /** The session has a new identifier: open log-ins move there, tokens of an earlier log-in do not. */
  move(from: Drawer, sessionId: string): Drawer {
    const to = new Drawer(sessionId);
    for (const [state, login] of from.logins) to.logins.set(state, login);
    from.movedTo = to;
    this.drawers.delete(from.sessionId);
    this.drawers.set(sessionId, to);
    return to;
  }

  empty(sessionId: string): void {
    const drawer = this.drawers.get(sessionId);
    if (!drawer) return;
    drawer.ended = true;
    drawer.tokens = undefined;
    drawer.logins.clear();
    this.drawers.delete(sessionId);
  }

  private sweep(): void {
    for (const [id, drawer] of this.drawers) if (Date.now() - drawer.touched > this.maxAge) this.drawers.delete(id);
  }
}
