import type { Message, Party } from '../../recorder';
import type { Kind } from './kind';
import type { Mention, Part } from './mentions';

/** What is missing or wrong in a message, at its place. */
export interface Annotation {
  part: Part;
  /** The parameter or header. */
  name: string;
  level: 'wrong' | 'note';
  /** What is the matter, in a few words. */
  what: string;
  /** Why it matters. */
  why: string;
}

/** A message as the diagram shows it. It holds no secret. */
export interface Row {
  n: number;
  kind: Kind;
  from: Party;
  to: Party;
  fromName: string;
  toName: string;
  /** Over the browser, where the user could read along, or from server to server. */
  channel: 'front channel' | 'back channel';
  method: string;
  path: string;
  /** What it brings, e.g. the grant type. */
  brings: string[];
  /** 0 while there is no answer, or when there was none. */
  status: number;
  /** Where the answer leads, or what it says in a word. */
  says: string;
  /** What the answer brings: code, access_token, … */
  gives: string[];
  wrong: boolean;
  marks: readonly Annotation[];
  /** Milliseconds since the epoch; as a time of day; how long it took. */
  at: number;
  time: string;
  ms: number;
}

/** A message with its number, counted from 1 since the start. */
export interface Entry {
  n: number;
  message: Message;
  /** The checks that sent it, by their keys; such messages are no part of the learner's own conversation. */
  checks?: Set<string>;
  /** Where it lies, masked, once it is old; only its line in the diagram is at hand then. */
  archived?: { place: number | undefined; row: Row };
}

/** The messages of one check's last round. */
export interface OfCheck extends AboutCheck {
  /** Its name in links. */
  key: string;
  entries: readonly Entry[];
  /** Those that its diagnosis speaks of, the most telling first. */
  evidence: readonly Entry[];
}

/** A check as the inspector names it. */
export interface AboutCheck {
  /** The step's name. */
  step: string;
  id: string;
  title: string;
  passed: boolean;
}

/** A value where it stands in a message. */
export interface Found extends Mention {
  n: number;
}

/** What is known of all messages, for whoever explains one of them. */
export interface Known {
  /** Names of identity providers by their origins. */
  readonly providers: ReadonlyMap<string, string>;
  /** The callbacks that are listed for an application, where the tenant tells. */
  callbacks(clientId: string): readonly string[] | undefined;
  get(n: number): Entry | undefined;
  /** @param key see keyOfCheck. */
  check(key: string): OfCheck | undefined;
  mentions(entry: Entry): readonly Found[];
  where(key: string): readonly Found[];
  partyAt(origin: string): Party | undefined;
}
