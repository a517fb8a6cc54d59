import { parseJson } from '../../lib/json';
import { isSecretName, maskJson } from '../../recorder/secrets';

/** A word of the shell that is exactly this text. */
export const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Gives each secret a variable, the same wherever it stands. */
export class Secrets {
  readonly #variables = new Map<string, string>();

  /** @param holds whether a secret that is known by another name stands in a text: a JWT, or what `returnTo` holds. */
  constructor(private readonly holds: (text: string) => boolean) {}

  get names(): string[] {
    return [...this.#variables.values()];
  }

  /** A variable in place of a secret. */
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

  /**
   * A JSON body with the values of secrets taken out; any other text is not told.
   *
   * @param at the path to which it was sent.
   */
  without(text: string, at: string): string {
    try {
      const inside = (one: string) => (this.holds(one) ? 'fill-in' : one);
      return JSON.stringify(maskJson(parseJson(text), () => 'fill-in', at, inside));
    } catch {
      return 'fill-in';
    }
  }

  #isSecret(name: string, value: string): boolean {
    return value !== '' && (isSecretName(name) || this.holds(value));
  }
}
