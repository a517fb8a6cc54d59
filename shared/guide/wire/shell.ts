import { attempt } from '../../lib/attempt';
import { parseJson } from '../../lib/json';
import { isSecretName, maskJson } from '../../recorder/secrets';

/** A shell word with exactly this text. */
export const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Gives each secret a variable, the same everywhere. */
export class Secrets {
  readonly #variables = new Map<string, string>();

  /** @param holds whether a text contains a secret under another name: a JWT, or the value of `returnTo`. */
  constructor(private readonly holds: (text: string) => boolean) {}

  get names(): string[] {
    return [...this.#variables.values()];
  }

  variable(name: string, secret: string): string {
    let known = this.#variables.get(secret);
    if (known === undefined) {
      const base = name
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, '_')
        .replace(/^(?=\d)/, '_');
      const taken = this.names.filter((one) => one === base || one.startsWith(`${base}_`)).length;
      known = taken === 0 ? base : `${base}_${taken + 1}`;
      while (this.names.includes(known)) known += '_';
      this.#variables.set(secret, known);
    }
    return `"$${known}"`;
  }

  value(name: string, value: string): string {
    return this.#isSecret(name, value) ? this.variable(name, value) : quote(value);
  }

  pair(name: string, value: string): string {
    if (this.#isSecret(name, value))
      return `${quote(`${encodeURIComponent(name)}=`)}${this.variable(name, value)}`;
    return quote(new URLSearchParams({ [name]: value }).toString());
  }

  /** A JSON body without secrets; for other text a placeholder. @param at the path of the request. */
  without(text: string, at: string): string {
    const inside = (one: string) => (this.holds(one) ? 'fill-in' : one);
    const masked = () => JSON.stringify(maskJson(parseJson(text), () => 'fill-in', at, inside));
    return attempt(masked) ?? 'fill-in';
  }

  #isSecret(name: string, value: string): boolean {
    return value !== '' && (isSecretName(name) || this.holds(value));
  }
}
