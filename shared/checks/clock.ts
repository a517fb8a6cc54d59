import { withClock } from '../faults/clock';

const { now: systemNow } = Date;

/** The clock of one run's tenant and API: it can be advanced, and applies only within `run`. */
export class Clock {
  /** Milliseconds. */
  #ahead = 0;

  get ahead(): number {
    return this.#ahead;
  }

  /** Milliseconds since the epoch. */
  readonly now = (): number => systemNow() + this.#ahead;

  /** @param ms milliseconds. */
  advance(ms: number): void {
    this.#ahead += ms;
  }

  run<T>(work: () => T): T {
    return withClock(this.#ahead / 1000, work);
  }
}
