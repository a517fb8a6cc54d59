import { AsyncLocalStorage } from 'node:async_hooks';
import { turnDate } from '../steps/turned-date';

const clocks = new AsyncLocalStorage<Clock>();
const { now: systemNow } = Date;
let installed = false;

/**
 * A clock that can be turned on. It is true for what is done within `run` and for nothing else in this process: the guide's own tenant, which
 * people use while checks run, keeps the system's time.
 */
export class Clock {
  #ahead = 0;

  /** Milliseconds by which it is ahead of the system's. */
  get ahead(): number {
    return this.#ahead;
  }

  /** Milliseconds since the epoch, wherever it is asked. */
  readonly now = (): number => systemNow() + this.#ahead;

  turn(ms: number): void {
    this.#ahead += ms;
    if (installed) return;
    installed = true;
    turnDate(() => clocks.getStore()?.ahead ?? 0);
  }

  run<T>(work: () => T): T {
    return this.#ahead === 0 ? work() : clocks.run(this, work);
  }
}
