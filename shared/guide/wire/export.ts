import type { Message } from '../../recorder';
import { isSecretName } from '../../recorder/masks';
import { mermaidOf } from '../../workshop/flow/diagram';
import { pairsOf, typesOf } from './kind';
import { NAMES } from './row';
import type { Entry, Wire } from './wire';

/** Messages of an export: a longer diagram nobody draws. */
const MOST = 300;

/** The messages as the text of a mermaid sequence diagram, without a secret. */
export function exportMermaid(wire: Wire, entries: readonly Entry[]): string {
  return mermaidOf(entries.slice(-MOST).map((entry) => ({ ...wire.masked(entry), n: entry.n })));
}

/** The messages as a script for a POSIX shell with curl: its secrets are variables to fill in. */
export function exportCurl(entries: readonly Entry[]): string {
  const secrets = new Secrets();
  const calls = entries
    .slice(-MOST)
    .filter(({ archived }) => !archived)
    .map(({ n, message }) => {
      const { from, to, method, url } = message;
      const comment = `# ${n}: ${NAMES[from]} to ${NAMES[to]}, answered ${message.status || 'never'}`;
      return `${comment}\n${curl(message, secrets).join(' \\\n  ')}\n`.replace(
        '%METHOD%',
        method === 'GET' && url ? '' : `-X ${quote(method)} `,
      );
    });
  return [
    '#!/bin/sh',
    '# The conversation as curl commands. Secrets are not in it: fill in what you have, the rest comes from the answers before.',
    'set -u',
    'JAR=$(mktemp)',
    'trap \'rm -f "$JAR"\' EXIT',
    ...secrets.names.map((name) => `${name}=\${${name}:-fill-in}`),
    '',
    ...calls,
  ].join('\n');
}

const HEADERS = /^(authorization|content-type|accept)$/;

function curl(message: Message, secrets: Secrets): string[] {
  const { from, url, requestHeaders, requestBody } = message;
  const query = [...url.searchParams];
  const base = `${url.origin}${url.pathname}`;
  // Each parameter in a word of its own, written as it stands in the address.
  const address =
    quote(query.length === 0 ? base : `${base}?`) +
    query.map(([name, value]) => secrets.pair(name, value)).join("'&'");
  const lines = [`curl -sS -i %METHOD%${address}`];
  // The browser keeps its cookies by itself.
  if (from === 'browser') lines.push('-b "$JAR" -c "$JAR"');
  for (const [name, value] of Object.entries(requestHeaders)) {
    if (!HEADERS.test(name) || typeof value !== 'string') continue;
    const [scheme = '', credentials = ''] = value.split(' ', 2);
    lines.push(
      name === 'authorization'
        ? `-H ${quote(`authorization: ${scheme} `)}${secrets.variable(/bearer/i.test(scheme) ? 'access_token' : 'authorization', credentials)}`
        : `-H ${quote(`${name}: ${value}`)}`,
    );
  }
  const form = /urlencoded/.test(typesOf(message).request);
  if (form)
    for (const [name, value] of pairsOf(requestBody, 'urlencoded'))
      lines.push(`--data-urlencode ${quote(`${name}=`)}${secrets.value(name, value)}`);
  else if (requestBody !== '') lines.push(`--data-raw ${quote(secrets.without(requestBody))}`);
  return lines;
}

/** A word of the shell that is exactly this text. */
const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Gives each secret a variable, the same wherever it stands. */
class Secrets {
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
      return JSON.stringify(JSON.parse(text), (name, value: unknown) =>
        typeof value === 'string' && isSecretName(name) ? 'fill-in' : value,
      );
    } catch {
      return 'fill-in';
    }
  }
}
