import type { BruteForceProtection } from './config/schema';

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
 * Counts wrong passwords, as Auth0's brute-force protection: for an account and an IP address together, or for an account alone
 * (count_per_identifier). Kept in memory: a restart forgets them.
 */
export class BruteForceGuard {
  readonly #tries = new Map<string, Tries>();
  /** Tries whose password is being verified. */
  readonly #underWay = new Map<string, number>();

  /** @param now milliseconds since the epoch; tests move it. */
  constructor(private readonly now: () => number = Date.now) {}

  /** Whether so many tries were wrong that a right one does not count any more. */
  isBlocked(settings: BruteForceProtection, identifier: string, ip: string): boolean {
    const { enabled, shields, max_attempts, allowlist } = settings;
    if (!enabled || !shields.includes('block') || allowlist.includes(ip)) return false;
    return (this.#find(keyOf(settings, identifier, ip))?.wrong ?? 0) >= max_attempts;
  }

  /**
   * To be asked before a password is verified: tries that are under way count, too, since others may come meanwhile.
   *
   * @returns what to call when it is verified; undefined where it must not be tried any more.
   */
  begin(settings: BruteForceProtection, identifier: string, ip: string): (() => void) | undefined {
    const key = keyOf(settings, identifier, ip);
    const underWay = this.#underWay.get(key) ?? 0;
    if (this.isBlocked({ ...settings, max_attempts: settings.max_attempts - underWay }, identifier, ip))
      return undefined;
    this.#underWay.set(key, underWay + 1);
    return () => {
      const left = (this.#underWay.get(key) ?? 1) - 1;
      if (left > 0) this.#underWay.set(key, left);
      else this.#underWay.delete(key);
    };
  }

  /** @returns whether this wrong try was the last one allowed. */
  wrong(settings: BruteForceProtection, identifier: string, ip: string): boolean {
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
    return wrong === settings.max_attempts;
  }

  /** A right password: only tries in a row count. */
  right(settings: BruteForceProtection, identifier: string, ip: string): void {
    this.#tries.delete(keyOf(settings, identifier, ip));
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
    for (const [key] of found) this.#tries.delete(key);
    return found.length > 0;
  }

  #find(key: string): Tries | undefined {
    const found = this.#tries.get(key);
    if (found && this.now() - found.last < LIFETIME) return found;
    this.#tries.delete(key);
    return undefined;
  }
}

const normalized = (identifier: string) => identifier.trim().toLowerCase();

const keyOf = ({ mode }: BruteForceProtection, identifier: string, ip: string) =>
  JSON.stringify([normalized(identifier), mode === 'count_per_identifier' ? undefined : ip]);
