import { parseJson } from '../../party/json';
import { isSecretName } from '../../recorder/masks';

/** A word of the shell that is exactly this text. */
export const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

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
    return value !== '' && isSecretName(name) ? this.variable(name, value) : quote(value);
  }

  pair(name: string, value: string): string {
    if (value !== '' && isSecretName(name))
      return `${quote(`${encodeURIComponent(name)}=`)}${this.variable(name, value)}`;
    return quote(new URLSearchParams({ [name]: value }).toString());
  }

  /** A JSON body with the values of secrets taken out; any other text is not told. */
  without(text: string): string {
    try {
      return JSON.stringify(parseJson(text), (name, value: unknown) =>
        typeof value === 'string' && isSecretName(name) ? 'fill-in' : value,
      );
    } catch {
      return 'fill-in';
    }
  }
}
