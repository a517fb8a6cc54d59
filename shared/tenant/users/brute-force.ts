import type { BruteForceProtection } from '../config/schema';
import { type Caller, Turns } from './turns';

/** Thirty days without a further try end a block, as at Auth0; in milliseconds. */
const LIFETIME = 30 * 24 * 3600 * 1000;
/** Accounts that are remembered: the newest. */
const MOST = 10_000;

interface Tries {
  /** As it was typed, in small letters: whether there is such a user is not asked. */
  identifier: string;
  /** Absent where the account is locked for all. */
  ip: string | undefined;
  wrong: number;
  /** Milliseconds since the epoch. */
  last: number;
}

/**
 * How a try ended:
 * - `right`, `wrong`: the password was verified. `last wrong`: this wrong password blocks the account.
 * - `blocked`: the account is blocked; the password was not verified.
 * - `busy`: too many other tries on the account did not end in time; the password was not verified.
 * - `gone`: the browser went away before its turn; the password was not verified.
 */
export type Outcome = 'right' | 'wrong' | 'last wrong' | 'blocked' | 'busy' | 'gone';

/** Counts wrong passwords, as Auth0's brute-force protection: for an account and an IP address together, or for an
 * account alone (count_per_identifier). Only wrong passwords count. Stored in memory: a restart forgets them. */
export class BruteForceGuard {
  readonly #tries = new Map<string, Tries>();
  readonly #turns: Turns;

  /** @param now milliseconds since the epoch; tests move it.
   * @param patience milliseconds that a try waits for others on the same account. */
  constructor(
    private readonly now: () => number = Date.now,
    patience?: number,
  ) {
    this.#turns = new Turns(patience);
  }

  /** Whether so many tries were wrong that a right one does not count any more. */
  isBlocked(settings: BruteForceProtection, identifier: string, ip: string): boolean {
    return protects(settings, ip) && this.#left(settings, keyOf(settings, identifier, ip)) <= 0;
  }

  /**
   * Verifies a password, unless the account is blocked. At most as many tries are verified at the same time as may still be wrong; a
   * further one waits until one of them ends, and then counts by what they found.
   *
   * @param verify whether the password is right. Where it throws, the try counts as neither right nor wrong.
   * @param caller closes when nobody waits for the answer any more.
   * @throws what `verify` throws.
   */
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
      // Only tries in a row count.
      this.#tries.delete(key);
      return 'right';
    } finally {
      this.#turns.end(key);
    }
  }

  /** Who is kept out now. */
  blocked({ enabled, shields, max_attempts }: BruteForceProtection): Pick<Tries, 'identifier' | 'ip'>[] {
    if (!enabled || !shields.includes('block')) return [];
    return [...this.#tries.keys()].flatMap((key) => {
      const tries = this.#find(key);
      return tries && tries.wrong >= max_attempts ? [{ identifier: tries.identifier, ip: tries.ip }] : [];
    });
  }

  /** @returns whether there was anything to forget of the account. */
  unblock(identifier: string): boolean {
    const found = [...this.#tries].filter(([, tries]) => tries.identifier === normalized(identifier));
    for (const [key] of found) {
      this.#tries.delete(key);
      this.#turns.changed(key);
    }
    return found.length > 0;
  }

  /** @returns whether this wrong try was the last one allowed. */
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

  /** Tries that may still be wrong. */
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
