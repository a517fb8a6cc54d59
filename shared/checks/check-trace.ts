import type { Page } from '../browser';
import type { Message, Party } from '../recorder';

/** The messages of a check. */
export interface Trace {
  /** In the order in which the requests came; also what an earlier check did for all. */
  messages: readonly Message[];
  /** Those that the diagnosis speaks of, the most telling first. */
  evidence: readonly Message[];
  /** Milliseconds since the epoch, by the clock of the messages. */
  endedAt: number;
}

/** What a check saw: a message, the page at which a browser ended, an address that somebody was sent to, or a request that the app reported. */
export type Evidence =
  | Message
  | Pick<Page, 'url' | 'hops'>
  | URL
  | { method: string; path: string }
  /** The last request that a party got. */
  | { lastOf: Party }
  /** Words in the place of one of these: they stand in no message. */
  | string
  | undefined;

/** Knows which messages belong to which check of a run. */
export class Traces {
  readonly #open = new Set<Set<Message>>();
  readonly #done = new Map<string, { made: Promise<unknown>; passed: Set<Message> }>();
  readonly #traces = new Map<string, Trace>();

  /** @param now milliseconds since the epoch, by the clock of the messages. */
  constructor(private readonly now: () => number = Date.now) {}

  /** Gets each message. */
  readonly note = (message: Message): void => {
    for (const passed of this.#open) passed.add(message);
  };

  /** Does something once for all checks; what passed meanwhile belongs to each that asks for it. */
  once<T>(name: string, work: () => Promise<T>): Promise<T> {
    const known = this.#done.get(name);
    if (known) {
      for (const message of known.passed) this.note(message);
      return known.made as Promise<T>;
    }
    const passed = new Set<Message>();
    this.#open.add(passed);
    const made = work().finally(() => this.#open.delete(passed));
    this.#done.set(name, { made, passed });
    return made;
  }

  /**
   * Follows a check from its begin to its end.
   *
   * @param evidenceOf what an error speaks of.
   */
  async follow(
    check: string,
    work: () => Promise<void>,
    evidenceOf: (error: unknown) => readonly Evidence[],
  ): Promise<void> {
    const passed = new Set<Message>();
    this.#open.add(passed);
    let evidence: readonly Evidence[] = [];
    try {
      await work();
    } catch (error) {
      evidence = evidenceOf(error);
      throw error;
    } finally {
      this.#open.delete(passed);
      const messages = [...passed].sort((a, b) => a.at - b.at);
      const seen = new Set(evidence.flatMap((one) => messageOf(one, messages) ?? []));
      this.#traces.set(check, { messages, evidence: [...seen], endedAt: this.now() });
    }
  }

  /** @param check the id of one that has ended. */
  of(check: string): Trace {
    return this.#traces.get(check) ?? { messages: [], evidence: [], endedAt: this.now() };
  }
}

/** The message that evidence stands in; undefined when none of these is it. */
export function messageOf(evidence: Evidence, messages: readonly Message[]): Message | undefined {
  if (evidence === undefined || typeof evidence === 'string') return undefined;
  if (evidence instanceof URL) {
    const { href } = evidence;
    return (
      messages.findLast(({ url }) => url.href === href) ??
      // A browser that was stopped did not go there: who sent it did so in an answer.
      messages.findLast(({ url, responseHeaders: { location } }) => leadsTo(location, url, href))
    );
  }
  if ('requestHeaders' in evidence) return evidence;
  if ('lastOf' in evidence) return messages.findLast(({ to }) => to === evidence.lastOf);
  if ('path' in evidence)
    return messages.findLast(
      ({ to, method, url }) => to === 'app' && method === evidence.method && url.pathname === evidence.path,
    );
  const last = evidence.hops.at(-1);
  return messages.findLast(({ method, url }) => method === last?.method && url.href === last.url);
}

const leadsTo = (location: unknown, base: URL, href: string): boolean =>
  typeof location === 'string' && URL.canParse(location, base) && new URL(location, base).href === href;
