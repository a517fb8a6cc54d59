import { withClock } from '../faults/clock';

const { now: systemNow } = Date;

/** The clock of one run's tenant and API, for time to pass without waiting: true for what is done within `run` and for nothing else. */
export class Clock {
  #ahead = 0;

  /** Milliseconds since the epoch, wherever it is asked. */
  readonly now = (): number => systemNow() + this.#ahead;

  /** @param ms milliseconds. */
  turn(ms: number): void {
    this.#ahead += ms;
  }

  run<T>(work: () => T): T {
    return withClock(this.#ahead / 1000, work);
  }
}
