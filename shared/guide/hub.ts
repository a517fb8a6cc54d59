import type { Request, Response } from 'express';

/** What the guide sends to its open pages, by the name of the event. HTML is rendered here. */
export interface LiveEvents {
  tasks: {
    step: string;
    html: string;
    tasks: { id: string; html: string; verdict: string; place?: string | undefined }[];
    /** Why no check can run. */
    refusal: string;
    /** What the learner may do now, e.g. go on to the next step. */
    actions: string;
    /** How many tasks are right, in words; empty while not known. */
    count: string;
  };
  app: { html: string; panel: string };
  api: { html: string; panel: string };
  /** What the app, or the learner's API, has written. */
  log: { of: 'app' | 'api'; process?: number | undefined; text: string };
  /** A new or answered message: its row and the empty group of its login. */
  message: { n: number; html: string; at: number; wrong: boolean; group: { id: number; html: string } };
  /** A check ended, and its trace is new. */
  check: { key: string };
  tenant: { html: string; refused: boolean };
  /** tenant.yaml or users.json was read again. */
  configuration: { html: string };
  /** The learner's progress changed, e.g. by a command at the shell: the page reloads. */
  moved: { step: string | undefined };
}

/** Milliseconds between comments that keep the connection open. */
const PULSE = 15_000;

/** How many pages may listen at once, and how many bytes may wait for one. */
const MOST_PAGES = 50;
const MOST_WAITING = 2 ** 20;

/** Server-sent events (HTML Standard, section 9.2) to every open page. */
export class Hub {
  readonly #open = new Set<Response>();
  readonly #pulse = setInterval(() => this.#write(':\n\n'), PULSE).unref();
  readonly #atPage: (() => void)[] = [];

  /** Called whenever a page begins to listen, since it missed earlier events. */
  onPage(work: () => void): void {
    this.#atPage.push(work);
  }

  get pages(): number {
    return this.#open.size;
  }

  publish<E extends keyof LiveEvents>(event: E, data: LiveEvents[E]): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

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
      // The page connects again later, and shows what it missed when it is loaded.
      if (res.writableLength > MOST_WAITING) res.destroy();
    }
  }
}
