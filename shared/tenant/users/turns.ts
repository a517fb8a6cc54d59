/** Milliseconds; verifying a password takes well below a second. */
const PATIENCE = 30_000;
/** Waiting calls for all keys: each has an open request. */
const MOST_WAITING = 1000;

/** The end of a wait: `none` without places left; `late` after too long a wait, or with too many waiting; `gone` if
 * the caller gave up. */
export type Turn = 'taken' | 'none' | 'late' | 'gone';

/** Such as a response. */
export interface Caller {
  readonly closed: boolean;
  once(event: 'close', giveUp: () => void): unknown;
  off(event: 'close', giveUp: () => void): unknown;
}

interface Waiting {
  places: () => number;
  settle: (turn: Turn) => void;
}

interface Line {
  underWay: number;
  waiting: Set<Waiting>;
}

/** A queue for each key: as many calls at a time as there are places. */
export class Turns {
  readonly #lines = new Map<string, Line>();
  #waiting = 0;

  constructor(private readonly patience = PATIENCE) {}

  /** After `taken`, call `end` once. @param places the current number; asked again after each end.
   * @param caller gives up when it closes. */
  take(key: string, places: () => number, caller?: Caller): Turn | Promise<Turn> {
    if (caller?.closed) return 'gone';
    const line = this.#lines.get(key) ?? { underWay: 0, waiting: new Set() };
    if (line.waiting.size === 0) {
      const now = places();
      if (now <= 0) return 'none';
      if (now > line.underWay) {
        line.underWay++;
        this.#lines.set(key, line);
        return 'taken';
      }
    }
    return this.#wait(key, line, places, caller);
  }

  #wait(key: string, line: Line, places: () => number, caller: Caller | undefined): Promise<Turn> {
    return new Promise((resolve) => {
      const one: Waiting = {
        places,
        settle: (turn) => {
          if (!line.waiting.delete(one)) return;
          this.#waiting--;
          clearTimeout(timer);
          caller?.off('close', giveUp);
          if (turn === 'taken') line.underWay++;
          resolve(turn);
        },
      };
      const giveUp = () => this.#leave(key, one, 'gone');
      const timer = setTimeout(() => this.#leave(key, one, 'late'), this.patience);
      caller?.once('close', giveUp);
      line.waiting.add(one);
      this.#waiting++;
      if (this.#waiting > MOST_WAITING) this.#leave(key, one, 'late');
    });
  }

  end(key: string): void {
    const line = this.#lines.get(key);
    if (!line) return;
    line.underWay--;
    this.changed(key);
  }

  changed(key: string): void {
    const line = this.#lines.get(key);
    if (!line) return;
    for (const { places, settle } of line.waiting) {
      const now = places();
      if (now <= 0) settle('none');
      else if (now > line.underWay) settle('taken');
      else break;
    }
    if (line.underWay === 0 && line.waiting.size === 0) this.#lines.delete(key);
  }

  /** For tests: 0 when nothing runs or waits. */
  get size(): number {
    return this.#lines.size;
  }

  #leave(key: string, one: Waiting, turn: Turn): void {
    one.settle(turn);
    // Those behind it may have other places.
    this.changed(key);
  }
}
