import { EventEmitter } from 'node:events';
import type { Message } from '../../recorder';

/** A message with its number, counted from 1 since the start. */
export interface Entry {
  n: number;
  message: Message;
}

interface Events {
  /** A message is new, or was answered now. */
  change: [Entry];
}

/** The conversation between the parties since the start, as the inspector shows it. */
export class Wire extends EventEmitter<Events> {
  readonly #entries: Entry[] = [];
  readonly #known = new WeakMap<Message, Entry>();

  /** In the order in which the requests came. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get(n: number): Entry | undefined {
    return this.#entries[n - 1];
  }

  /** Told of each request and each answer. */
  tell(message: Message): void {
    let entry = this.#known.get(message);
    if (!entry) {
      entry = { n: this.#entries.length + 1, message };
      this.#known.set(message, entry);
      this.#entries.push(entry);
    }
    this.emit('change', entry);
  }
}
