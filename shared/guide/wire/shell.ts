import { parseJson } from '../../party/json';
import { isSecretName, maskJson } from '../../recorder/secrets';

/** A word of the shell that is exactly this text. */
export const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** A JWT is one under any name, e.g. `request`. */
const isSecret = (name: string, value: string): boolean =>
  value !== '' && (isSecretName(name) || /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(value));

/** Gives each secret a variable, the same wherever it stands. */
export class Secrets {
  readonly #variables = new Map<string, string>();

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
    return isSecret(name, value) ? this.variable(name, value) : quote(value);
  }

  pair(name: string, value: string): string {
    if (isSecret(name, value)) return `${quote(`${encodeURIComponent(name)}=`)}${this.variable(name, value)}`;
    return quote(new URLSearchParams({ [name]: value }).toString());
  }

  /**
   * A JSON body with the values of secrets taken out; any other text is not told.
   *
   * @param at the path to which it was sent.
   */
  without(text: string, at: string): string {
    try {
      return JSON.stringify(maskJson(parseJson(text), () => 'fill-in', at));
    } catch {
      return 'fill-in';
    }
  }
}
