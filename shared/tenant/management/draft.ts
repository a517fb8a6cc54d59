import { own } from '../../lib/own';
import type { Plain } from '../config/edit';
import type { TenantConfig } from '../config/schema';

/** An entry of tenant.yaml as its writer has it, without defaults. */
export type Entry = { [key: string]: Plain };

/** What an edit wants besides its changes of the file. */
export interface Plan {
  /** By the names of their placeholders. */
  secrets: Record<string, string>;
  /** Files that tenant.yaml names, by their paths there. */
  code: Map<string, string>;
  also: (() => Promise<void>)[];
}

/** tenant.yaml as it is now, to be changed in place. */
export class Draft {
  readonly plan: Plan = { secrets: {}, code: new Map(), also: [] };

  /**
   * @param raw the file's value: placeholders filled, nothing added.
   * @param config the same, checked and with defaults.
   * @param before what the names of placeholders mean already: the environment, what is kept of earlier edits, and the file's text.
   */
  constructor(
    readonly raw: Entry,
    readonly config: TenantConfig,
    private readonly before: {
      text: string;
      environment: NodeJS.ProcessEnv;
      kept: Readonly<Record<string, string>>;
    },
  ) {}

  /** The entries of a section; made when there is none yet. */
  section(name: string): Entry[] {
    const found = this.raw[name];
    if (Array.isArray(found)) return found as Entry[];
    const made: Entry[] = [];
    this.raw[name] = made;
    return made;
  }

  /** A section that is an object; made when there is none yet. */
  object(name: string): Entry {
    const found = this.raw[name];
    if (isEntry(found)) return found;
    const made: Entry = {};
    this.raw[name] = made;
    return made;
  }

  /**
   * What to write in the file in place of a secret: a placeholder, whose value is stored in the data folder.
   *
   * @param name of the placeholder; another one where something else uses it already.
   * @param now what stands there now, filled: where it is the same nothing changes.
   */
  secret(name: string, value: string, now?: Plain): Plain {
    if (now === value) return value;
    let free = name;
    while (this.#isTaken(free, now)) free += '_';
    this.plan.secrets[free] = value;
    return `##${free}##`;
  }

  /** Two different things may come to one name: the secret "b c" of an Action "a", and "c" of "a b". */
  #isTaken(name: string, now: Plain | undefined): boolean {
    const { text, environment, kept } = this.before;
    if (own(environment, name) !== undefined || own(this.plan.secrets, name) !== undefined) return true;
    return text.includes(`##${name}##`) && own(kept, name) !== now;
  }

  /** Writes a file that tenant.yaml names, by its path there. */
  code(file: string, text: string): void {
    this.plan.code.set(file, text);
  }

  /** What has to be done besides, once the edit is found to be right and before it is in force.
   * @param when `first`: before what was asked for so far. */
  also(work: () => Promise<void>, when?: 'first'): void {
    if (when) this.plan.also.unshift(work);
    else this.plan.also.push(work);
  }
}

export const isEntry = (value: Plain | undefined): value is Entry =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
