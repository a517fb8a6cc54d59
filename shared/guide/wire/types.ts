import type { Message, Party } from '../../recorder';
import type { Kind } from './kind';
import type { Mention, Part } from './mentions';

export interface Annotation {
  part: Part;
  name: string;
  level: 'wrong' | 'note';
  what: string;
  why: string;
}

/** A message in the diagram, without secrets. */
export interface Row {
  n: number;
  kind: Kind;
  from: Party;
  to: Party;
  fromName: string;
  toName: string;
  /** Which process of the app sent or received it, if several run. */
  process: number | undefined;
  /** Through the browser, where the user could read it, or from server to server. */
  channel: 'front channel' | 'back channel';
  method: string;
  path: string;
  /** What the request contains, e.g. the grant type. */
  brings: string[];
  /** 0 without an answer. */
  status: number;
  /** The answer's target, or its error. */
  says: string;
  /** What the answer contains: code, access_token, … */
  gives: string[];
  wrong: boolean;
  marks: readonly Annotation[];
  /** Milliseconds since the epoch; the time of day; the duration. */
  at: number;
  time: string;
  ms: number;
}

/** A message with its number, counted from 1. */
export interface Entry {
  n: number;
  message: Message;
  /** The keys of the checks that sent it; the learner's own messages have none. */
  checks?: Set<string>;
  /** The place of an old, masked message in the archive, and its row. */
  archived?: { place: number | undefined; row: Row };
}

/** The messages of one check's last round. */
export interface OfCheck extends AboutCheck {
  /** Its name in links. */
  key: string;
  entries: readonly Entry[];
  /** Messages with the diagnosis's evidence, the most important first. */
  evidence: readonly Entry[];
  /** When it ended in its last round here, in milliseconds since the epoch. */
  at: number;
}

export interface AboutCheck {
  step: string;
  /** The id of its task, e.g. 2.1. */
  task: string;
  id: string;
  title: string;
  passed: boolean;
}

export interface Found extends Mention {
  n: number;
}

/** What explaining one message needs to know of all. */
export interface Known {
  /** Names of identity providers by their origins. */
  readonly providers: ReadonlyMap<string, string>;
  /** The callbacks that are listed for an application, if the tenant is ours. */
  callbacks(clientId: string): readonly string[] | undefined;
  get(n: number): Entry | undefined;
  /** @param key see keyOfCheck. */
  check(key: string): OfCheck | undefined;
  mentions(entry: Entry): readonly Found[];
  where(key: string): readonly Found[];
  partyAt(origin: string): Party | undefined;
}
