/** Milliseconds that one waits for its turn: verifying a password takes well below a second. */
const PATIENCE = 30_000;
/** How many may wait at the same time, for all keys together: each holds an open request. */
const MOST_WAITING = 1000;

/** What became of one's wait for a turn: `taken`; `none`, since there are no places any more; `late`, since the wait
 * was too long or too many wait; `gone`, since the caller gave up. */
export type Turn = 'taken' | 'none' | 'late' | 'gone';

/** Whoever asked, such as a response: closed when nobody waits for it any more. */
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
  /** In the order in which they came. */
  waiting: Set<Waiting>;
}

/** Lets, for each key, only so many go on at the same time as there are places; the others wait in line. */
export class Turns {
  readonly #lines = new Map<string, Line>();
  #waiting = 0;

  constructor(private readonly patience = PATIENCE) {}

  /** Whoever gets `taken` must call `end` once. @param places how many may be under way now; asked again whenever one
   * ended, since that may have changed it. @param caller gives up its turn when it closes. */
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

  /** One that was under way ended. */
  end(key: string): void {
    const line = this.#lines.get(key);
    if (!line) return;
    line.underWay--;
    this.changed(key);
  }

  /** The number of places may have changed. */
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

  /** How many keys are remembered, for tests: none when nobody is under way and nobody waits. */
  get size(): number {
    return this.#lines.size;
  }

  #leave(key: string, one: Waiting, turn: Turn): void {
    one.settle(turn);
    // Those behind it may have other settings.
    this.changed(key);
  }
}
