import { own } from '../../lib/own';
import type { Plain } from '../config/edit';
import type { TenantConfig } from '../config/schema';

/** Without defaults. */
export type Entry = { [key: string]: Plain };

/** What an edit needs beside the file. */
export interface Plan {
  /** By placeholder. */
  secrets: Record<string, string>;
  /** By path in tenant.yaml. */
  code: Map<string, string>;
  also: (() => Promise<void>)[];
}

export class Draft {
  readonly plan: Plan = { secrets: {}, code: new Map(), also: [] };

  /** @param raw the file's value with filled placeholders. @param config the same with defaults.
   * @param before what a placeholder's name may mean already. */
  constructor(
    readonly raw: Entry,
    readonly config: TenantConfig,
    private readonly before: {
      text: string;
      environment: NodeJS.ProcessEnv;
      stored: Readonly<Record<string, string>>;
    },
  ) {}

  /** The entries of a section, made if absent. */
  section(name: string): Entry[] {
    const found = this.raw[name];
    if (Array.isArray(found)) return found as Entry[];
    const made: Entry[] = [];
    this.raw[name] = made;
    return made;
  }

  /** A section that is an object, made if absent. */
  object(name: string): Entry {
    const found = this.raw[name];
    if (isEntry(found)) return found;
    const made: Entry = {};
    this.raw[name] = made;
    return made;
  }

  /** Returns a placeholder whose value is stored in the data folder. @param name of the placeholder; changed if in
   * use. @param now the current value, which is returned if it is the same. */
  secret(name: string, value: string, now?: Plain): Plain {
    if (now === value) return value;
    let free = name;
    while (this.#isTaken(free, now)) free += '_';
    this.plan.secrets[free] = value;
    return `##${free}##`;
  }

  /** Two things may have one name: the secret "b c" of an Action "a", and "c" of "a b". */
  #isTaken(name: string, now: Plain | undefined): boolean {
    const { text, environment, stored } = this.before;
    if (own(environment, name) !== undefined || own(this.plan.secrets, name) !== undefined) return true;
    return text.includes(`##${name}##`) && own(stored, name) !== now;
  }

  code(file: string, text: string): void {
    this.plan.code.set(file, text);
  }

  /** Work after validation and before the edit takes effect. @param when `first`: before earlier work. */
  also(work: () => Promise<void>, when?: 'first'): void {
    if (when) this.plan.also.unshift(work);
    else this.plan.also.push(work);
  }
}

export const isEntry = (value: Plain | undefined): value is Entry =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
