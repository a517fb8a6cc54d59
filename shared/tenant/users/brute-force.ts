import type { BruteForceProtection } from '../config/schema';
import { type Caller, Turns } from './turns';

/** Milliseconds: as at Auth0, a block ends 30 days after the last try. */
const LIFETIME = 30 * 24 * 3600 * 1000;
/** The newest accounts. */
const MOST = 10_000;

interface Tries {
  /** As typed, in lower case; the user need not exist. */
  identifier: string;
  /** Absent for a block of all addresses. */
  ip: string | undefined;
  wrong: number;
  /** Milliseconds since the epoch. */
  last: number;
}

/** `last wrong`: this wrong password blocks the account. `busy`: other tries on the account took too long. `gone`:
 * the browser left before its turn. `blocked`, `busy` and `gone` verified no password. */
export type Outcome = 'right' | 'wrong' | 'last wrong' | 'blocked' | 'busy' | 'gone';

/** Counts wrong passwords like Auth0's brute-force protection: for account and IP address, or for the account alone.
 * In memory only. */
export class BruteForceGuard {
  readonly #tries = new Map<string, Tries>();
  readonly #turns: Turns;

  /** @param now milliseconds since the epoch.
   * @param patience milliseconds that a try waits for others on the account. */
  constructor(
    private readonly now: () => number = Date.now,
    patience?: number,
  ) {
    this.#turns = new Turns(patience);
  }

  isBlocked(settings: BruteForceProtection, identifier: string, ip: string): boolean {
    return protects(settings, ip) && this.#left(settings, keyOf(settings, identifier, ip)) <= 0;
  }

  /** Verifies a password unless the account is blocked; at most as many at once as may still be wrong, others wait.
   * @param verify if it throws, the try does not count. @param caller closes if nobody waits any more. */
  async attempt(
    settings: BruteForceProtection,
    identifier: string,
    ip: string,
    verify: () => Promise<boolean>,
    caller?: Caller,
  ): Promise<Outcome> {
    const key = keyOf(settings, identifier, ip);
    const places = () => (protects(settings, ip) ? this.#left(settings, key) : Number.POSITIVE_INFINITY);
    const turn = await this.#turns.take(key, places, caller);
    if (turn === 'none') return 'blocked';
    if (turn !== 'taken') return turn === 'gone' ? 'gone' : 'busy';
    try {
      if (!(await verify())) return this.#wrong(settings, identifier, ip) ? 'last wrong' : 'wrong';
      // Only consecutive tries count.
      this.#tries.delete(key);
      return 'right';
    } finally {
      this.#turns.end(key);
    }
  }

  blocked({ enabled, shields, max_attempts }: BruteForceProtection): Pick<Tries, 'identifier' | 'ip'>[] {
    if (!enabled || !shields.includes('block')) return [];
    return [...this.#tries.keys()].flatMap((key) => {
      const tries = this.#find(key);
      return tries && tries.wrong >= max_attempts ? [{ identifier: tries.identifier, ip: tries.ip }] : [];
    });
  }

  /** @returns whether the account had any tries. */
  unblock(identifier: string): boolean {
    const found = [...this.#tries].filter(([, tries]) => tries.identifier === normalized(identifier));
    for (const [key] of found) {
      this.#tries.delete(key);
      this.#turns.changed(key);
    }
    return found.length > 0;
  }

  /** @returns whether this was the last allowed try. */
  #wrong(settings: BruteForceProtection, identifier: string, ip: string): boolean {
    if (!settings.enabled || settings.allowlist.includes(ip)) return false;
    const key = keyOf(settings, identifier, ip);
    const wrong = (this.#find(key)?.wrong ?? 0) + 1;
    this.#tries.delete(key);
    const perIp = settings.mode === 'count_per_identifier_and_ip';
    this.#tries.set(key, {
      identifier: normalized(identifier),
      ip: perIp ? ip : undefined,
      wrong,
      last: this.now(),
    });
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > MOST && oldest !== undefined) this.#tries.delete(oldest);
    return protects(settings, ip) && wrong === settings.max_attempts;
  }

  #left({ max_attempts }: BruteForceProtection, key: string): number {
    return max_attempts - (this.#find(key)?.wrong ?? 0);
  }

  #find(key: string): Tries | undefined {
    const found = this.#tries.get(key);
    if (found && this.now() - found.last < LIFETIME) return found;
    this.#tries.delete(key);
    return undefined;
  }
}

const protects = ({ enabled, shields, allowlist }: BruteForceProtection, ip: string) =>
  enabled && shields.includes('block') && !allowlist.includes(ip);

const normalized = (identifier: string) => identifier.trim().toLowerCase();

const keyOf = ({ mode }: BruteForceProtection, identifier: string, ip: string) =>
  JSON.stringify([normalized(identifier), mode === 'count_per_identifier' ? undefined : ip]);
