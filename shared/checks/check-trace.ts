import type { Page } from '../browser';
import type { Message, Party } from '../recorder';

/** The messages of a check. */
export interface Trace {
  /** In the order of the requests; includes what an earlier check did for all. */
  messages: readonly Message[];
  /** Those that the diagnosis refers to, the most important first. */
  evidence: readonly Message[];
  /** Milliseconds since the epoch, by the clock of the messages. */
  endedAt: number;
}

/** What a check saw: a message, the last page of a browser, the target of a redirect, a request that the app reported. */
export type Evidence =
  | Message
  | Pick<Page, 'url' | 'hops'>
  | URL
  | { method: string; path: string }
  /** The last request to a party. */
  | { lastOf: Party }
  /** Text that is in no message. */
  | string
  | undefined;

/** Knows which messages belong to which check of a run. */
export class Traces {
  readonly #open = new Set<Set<Message>>();
  readonly #done = new Map<string, { made: Promise<unknown>; messages: Set<Message> }>();
  readonly #traces = new Map<string, Trace>();

  /** @param now milliseconds since the epoch, by the clock of the messages. */
  constructor(private readonly now: () => number = Date.now) {}

  /** Receives each message. */
  readonly note = (message: Message): void => {
    for (const messages of this.#open) messages.add(message);
  };

  /** Does something once for all checks; its messages belong to the trace of each check that needs it. */
  once<T>(name: string, work: () => Promise<T>): Promise<T> {
    const known = this.#done.get(name);
    if (known) {
      for (const message of known.messages) this.note(message);
      return known.made as Promise<T>;
    }
    const messages = new Set<Message>();
    this.#open.add(messages);
    const made = work().finally(() => this.#open.delete(messages));
    this.#done.set(name, { made, messages });
    return made;
  }

  /** Records a check from start to end. `evidenceOf` gives the evidence of an error. */
  async follow(
    check: string,
    work: () => Promise<void>,
    evidenceOf: (error: unknown) => readonly Evidence[],
  ): Promise<void> {
    const open = new Set<Message>();
    this.#open.add(open);
    let evidence: readonly Evidence[] = [];
    try {
      await work();
    } catch (error) {
      evidence = evidenceOf(error);
      throw error;
    } finally {
      this.#open.delete(open);
      const messages = [...open].sort((a, b) => a.at - b.at);
      const seen = new Set(evidence.flatMap((one) => messageOf(one, messages) ?? []));
      this.#traces.set(check, { messages, evidence: [...seen], endedAt: this.now() });
    }
  }

  /** @param check the id of one that has ended. */
  of(check: string): Trace {
    return this.#traces.get(check) ?? { messages: [], evidence: [], endedAt: this.now() };
  }
}

/** The message that contains the evidence; undefined when none does. */
export function messageOf(evidence: Evidence, messages: readonly Message[]): Message | undefined {
  if (evidence === undefined || typeof evidence === 'string') return undefined;
  if (evidence instanceof URL) {
    const { href } = evidence;
    return (
      messages.findLast(({ url }) => url.href === href) ??
      // A browser that was stopped did not go there: the redirect is in an answer.
      messages.findLast(({ url, responseHeaders: { location } }) => leadsTo(location, url, href))
    );
  }
  if ('requestHeaders' in evidence) return evidence;
  if ('lastOf' in evidence) return messages.findLast(({ to }) => to === evidence.lastOf);
  if ('path' in evidence) {
    const { method, path } = evidence;
    const asked = messages.filter((one) => one.method === method && one.url.pathname === path);
    return asked.findLast(({ to }) => to === 'app') ?? asked.findLast(({ to }) => to === 'api');
  }
  const last = evidence.hops.at(-1);
  return messages.findLast(({ method, url }) => method === last?.method && url.href === last.url);
}

const leadsTo = (location: unknown, base: URL, href: string): boolean =>
  typeof location === 'string' && URL.canParse(location, base) && new URL(location, base).href === href;
