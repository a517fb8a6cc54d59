import { EventEmitter } from 'node:events';
import path from 'node:path';
import type { Trace } from '../../checks/check-trace';
import { workFolder } from '../../lib/places';
import { lengthOf, type Message, type Party } from '../../recorder';
import { Masker } from '../../recorder/masks';
import type { Shown } from '../../recorder/types';
import { Archive } from './archive';
import { mentionsOf } from './mentions';
import { rowOf } from './row';
import type { AboutCheck, Entry, Found, Known, OfCheck } from './types';

/** A check's name in links. */
export const keyOfCheck = (step: string, id: string): string => `${step} ${id}`;

interface Events {
  change: [Entry];
  check: [OfCheck];
}

export interface WireOptions {
  /** How many messages are stored completely in memory, with their secrets. */
  whole?: number;
  /** Characters of their bodies, headers and addresses together. */
  mostCharacters?: number;
  most?: number;
  /** The file for older ones, masked. */
  file?: string;
}

/** For the messages in memory: about 64 MB. */
const MOST_CHARACTERS = 32 * 2 ** 20;

/** Origins with a known party; more come only from made-up Host headers. */
const MOST_ORIGINS = 100;

/** The messages between the parties since the start. */
export class Wire extends EventEmitter<Events> implements Known {
  readonly #entries: Entry[] = [];
  readonly #byNumber = new Map<number, Entry>();
  readonly #known = new WeakMap<Message, Entry>();
  readonly #mentions = new Map<Entry, Found[]>();
  readonly #index = new Map<string, Found[]>();
  readonly #checks = new Map<string, OfCheck>();
  readonly #origins = new Map<string, Party>();
  readonly #masker = new Masker();
  readonly #archive: Archive;
  readonly #whole: number;
  readonly #most: number;
  #last = 0;
  /** All entries before this place are archived. */
  #archived = 0;
  #current = 0;
  readonly #mostCharacters: number;
  /** Names of identity providers by origin: the messages of the browser with them are not recorded. */
  readonly providers = new Map<string, string>();
  callbacks: (clientId: string) => readonly string[] | undefined = () => undefined;

  constructor({
    whole = 2000,
    mostCharacters = MOST_CHARACTERS,
    most = 50_000,
    file = path.join(workFolder(), 'wire.jsonl'),
  }: WireOptions = {}) {
    super();
    this.#whole = whole;
    this.#mostCharacters = mostCharacters;
    this.#most = most;
    this.#archive = new Archive(file);
  }

  /** In the order of the requests. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }
  /** By check, newest last. */
  get checks(): readonly OfCheck[] {
    return [...this.#checks.values()];
  }

  /** @param key see keyOfCheck. */
  check(key: string): OfCheck | undefined {
    return this.#checks.get(key);
  }

  get(n: number): Entry | undefined {
    return this.#byNumber.get(n);
  }

  /** Receives each request and each answer. */
  add(message: Message): void {
    let entry = this.#known.get(message);
    if (!entry) {
      entry = this.#number(message);
      const late = this.#entries.findLastIndex((one) => isBefore(one.message, message));
      this.#entries.splice(late + 1, 0, entry);
      this.#current += 1;
      this.#archived = Math.min(this.#archived, late + 1);
      this.#makeRoom();
    }
    if (entry.archived) return;
    this.#masker.learn(message);
    this.#note(entry);
    this.emit('change', entry);
  }

  /** Replaces the messages of a check's previous round. A message can belong to several checks. */
  addCheck({ step, task, id, title, passed }: AboutCheck, { messages, evidence }: Trace): void {
    const key = keyOfCheck(step, id);
    const before = this.#checks.get(key)?.entries ?? [];
    const entries = messages.map((message) => {
      const known = this.#known.get(message);
      if (known?.checks && this.#byNumber.has(known.n)) {
        known.checks.add(key);
        return known;
      }
      const entry = this.#number(message);
      entry.checks = new Set([key]);
      this.#masker.learn(message);
      this.#note(entry);
      return entry;
    });
    const now = new Set(entries);
    for (const old of before) if (!now.has(old)) this.#leave(old, key);
    const looked = evidence.flatMap((message) => entries.find((one) => one.message === message) ?? []);
    const one = { key, step, task, id, title, passed, entries, evidence: looked, at: Date.now() };
    this.#checks.delete(key);
    this.#checks.set(key, one);
    this.emit('check', one);
  }

  /** A message without its secrets; without its content if that is deleted. */
  masked(entry: Entry): Shown {
    const { message, archived } = entry;
    if (!archived) return this.#masker.show(message);
    return (
      this.#fromFile(entry) ?? { ...message, url: message.url.href, requestHeaders: {}, responseHeaders: {} }
    );
  }

  /** Whether a text contains something that is masked elsewhere. */
  holdsSecret(text: string): boolean {
    return this.#masker.value(text) !== text;
  }

  isLost(entry: Entry): boolean {
    return entry.archived !== undefined && this.#fromFile(entry) === undefined;
  }

  #fromFile({ archived }: Entry): Shown | undefined {
    return archived?.place === undefined ? undefined : this.#archive.read(archived.place);
  }

  /** The values of a message that others may have too. */
  mentions(entry: Entry): readonly Found[] {
    return this.#mentions.get(entry) ?? [];
  }

  /** Every place of a value, oldest first. */
  where(key: string): readonly Found[] {
    return this.#index.get(key) ?? [];
  }

  partyAt(origin: string): Party | undefined {
    return this.#origins.get(origin);
  }

  #number(message: Message): Entry {
    this.#last += 1;
    if (this.#origins.size < MOST_ORIGINS) this.#origins.set(message.url.origin, message.to);
    const entry: Entry = { n: this.#last, message };
    this.#known.set(message, entry);
    this.#byNumber.set(entry.n, entry);
    return entry;
  }

  #note(entry: Entry): void {
    this.#unnote(entry);
    const found = mentionsOf(entry.message).map((one) => ({ ...one, n: entry.n }));
    this.#mentions.set(entry, found);
    for (const one of found) {
      const all = this.#index.get(one.key) ?? [];
      all.splice(all.findLastIndex(({ n }) => n <= one.n) + 1, 0, one);
      this.#index.set(one.key, all);
    }
  }

  #unnote(entry: Entry): void {
    for (const { key } of this.#mentions.get(entry) ?? []) {
      const others = (this.#index.get(key) ?? []).filter(({ n }) => n !== entry.n);
      if (others.length > 0) this.#index.set(key, others);
      else this.#index.delete(key);
    }
    this.#mentions.delete(entry);
  }

  /** Deleted when it belongs to no check any more. */
  #leave(entry: Entry, key: string): void {
    entry.checks?.delete(key);
    if (entry.checks?.size) return;
    this.#unnote(entry);
    this.#byNumber.delete(entry.n);
  }

  /** Moves old messages from memory to the file, without their secrets. */
  #makeRoom(): void {
    while (this.#current > this.#whole || this.#isTooMuch()) {
      while (this.#entries[this.#archived]?.archived) this.#archived += 1;
      const entry = this.#entries[this.#archived];
      if (!entry) break;
      const row = rowOf(this, entry);
      const shown = this.#masker.show(entry.message);
      entry.archived = { place: this.#archive.add(shown), row };
      this.#unnote(entry);
      entry.message = {
        ...shown,
        url: new URL(shown.url),
        requestHeaders: {},
        responseHeaders: shown.responseHeaders.location ? { location: shown.responseHeaders.location } : {},
        requestBody: '',
        responseBody: '',
      };
      this.#current -= 1;
    }
    while (this.#entries.length > this.#most) {
      const gone = this.#entries.shift();
      if (!gone) break;
      this.#byNumber.delete(gone.n);
      this.#archived = Math.max(0, this.#archived - 1);
      if (gone.archived) continue;
      this.#unnote(gone);
      this.#current -= 1;
    }
  }

  /** Whether the messages in memory are too long together; a single one never is. */
  #isTooMuch(): boolean {
    if (this.#current < 2) return false;
    let characters = 0;
    for (let i = this.#archived; i < this.#entries.length; i += 1) {
      const entry = this.#entries[i];
      if (entry && !entry.archived) characters += lengthOf(entry.message);
    }
    return characters > this.#mostCharacters;
  }
}

/** Messages of another process arrive late; each is placed before what it caused in the same millisecond. */
const isBefore = (one: Message, next: Message) =>
  one.at < next.at || (one.at === next.at && one.from !== next.to);
