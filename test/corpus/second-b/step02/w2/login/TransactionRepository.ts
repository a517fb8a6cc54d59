export interface Transaction {
  nonce: string;
  verifier: string;
  target: string;
  begunAt: number;
}

/** Logins that have begun, by their state. A state is random, so nobody can guess another one's. */
export class TransactionRepository {
  private readonly byState = new Map<string, Transaction>();

  constructor() {
    setInterval(() => this.sweep(), 60_000).unref();
  }

  save(state: string, transaction: Transaction): void {
    this.byState.set(state, transaction);
  }

  take(state: string): Transaction | undefined {
    const found = this.byState.get(state);
    this.byState.delete(state);
    return found;
  }

  private sweep(): void {
    const tooOld = Date.now() - 20 * 60_000;
    for (const [state, { begunAt }] of this.byState) if (begunAt < tooOld) this.byState.delete(state);
  }
}
