import type { Request, Response } from 'express';

/** What the guide tells its open pages, by the name of the event. */
export interface LiveEvents {
  /** The tasks of a step changed state: what the page shows of them, ready-made. */
  tasks: {
    step: string;
    html: string;
    tasks: { id: string; html: string }[];
    /** What the learner may do now, e.g. go on to the next step. */
    actions: string;
    /** How many tasks are right, in words; empty while that is not known. */
    count: string;
  };
  /** The app's state changed. */
  app: { html: string; panel: string };
  /** A line that the app wrote. */
  log: { text: string };
  /** A message on the wire, new or now answered: its row and the (empty) login that it belongs to, ready-made. */
  message: { n: number; html: string; at: number; wrong: boolean; group: { id: number; html: string } };
  /** A check ended: its trace is new. */
  check: { key: string };
  /** The tenant decided something: its row of the log, ready-made. */
  tenant: { html: string; refused: boolean };
  /** tenant.yaml or users.json was read again, well or not: what the page shows of them, ready-made. */
  configuration: { html: string };
  /** The learner's progress is another one, e.g. by a command at the shell: the page loads itself again. */
  moved: { step: string | undefined };
}

/** Milliseconds between signs of life, so that neither side takes the connection for dead. */
const PULSE = 15_000;

/** Pages that may listen at once, and bytes that wait for one that does not read. */
const MOST_PAGES = 50;
const MOST_WAITING = 2 ** 20;

/** Server-sent events (HTML Standard, section 9.2) to every open page. */
export class Hub {
  readonly #open = new Set<Response>();
  readonly #pulse = setInterval(() => this.#write(':\n\n'), PULSE).unref();
  readonly #atPage: (() => void)[] = [];

  /** Called whenever a page begins to listen: what happened since it was made, nobody told it. */
  onPage(work: () => void): void {
    this.#atPage.push(work);
  }

  get pages(): number {
    return this.#open.size;
  }

  publish<E extends keyof LiveEvents>(event: E, data: LiveEvents[E]): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** GET /live. */
  readonly handler = (req: Request, res: Response): void => {
    if (this.#open.size >= MOST_PAGES) {
      res
        .status(503)
        .type('text/plain')
        .send(`${MOST_PAGES} pages of the guide listen already. Close some.\n`);
      return;
    }
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    if (req.method === 'HEAD') {
      res.end();
      return;
    }
    res.write('retry: 1000\n\n');
    this.#open.add(res);
    res.once('close', () => this.#open.delete(res));
    for (const work of this.#atPage) work();
  };

  close(): void {
    clearInterval(this.#pulse);
    for (const res of this.#open) res.end();
  }

  #write(text: string): void {
    for (const res of this.#open) {
      res.write(text);
      // It connects again when it comes back to life, and the page shows what it missed when it is loaded.
      if (res.writableLength > MOST_WAITING) res.destroy();
    }
  }
}
