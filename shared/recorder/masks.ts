import { createHash } from 'node:crypto';
import { attempt } from '../lib/attempt';
import { parseJson } from '../lib/json';
import { authorizationParts, isSecretName, mask, maskJson } from './secrets';
import type { Message, Shown } from './types';

/** An escaped character of an address or JSON, also encoded again: its digits are no part of the run after it. */
const ESCAPE = /%(?:25){0,3}[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\[bfnrt]/;
/** A run of characters that is longer than words of a page; or an escape, which is left unchanged. */
const LONG_RUN = new RegExp(`${ESCAPE.source}|[A-Za-z0-9_-]{16,}`, 'g');
/** Begins where a run begins, and only if two more follow, so that not each place in a long run is tried. */
const JWT = new RegExp(
  `(?:(?<![\\w-])|(?<=${ESCAPE.source}))(?=[\\w-]+\\.[\\w-]+\\.)(?:[\\w-]*-)?eyJ[\\w-]{5,}\\.[\\w-]+\\.[\\w-]*`,
  'g',
);
/** The start of an address, up to its port. */
const ADDRESSED = /^[a-z][a-z0-9+.-]*:(?:\/\/[^/?#]*)?/i;
/** How deep addresses within addresses are searched. */
const DEEPEST = 4;
const MOST_BODY = 16 * 1024;

/** Masks all secrets in a recording: codes, tokens, passwords, client secrets, cookies. A secret found in one place is
 * masked everywhere, e.g. a token that a page shows. */
export function maskMessages(messages: readonly Message[]): Shown[] {
  const masker = new Masker();
  // All secrets are known after the last message only.
  const learnt = messages.map((message) => masker.learn(message));
  return learnt.map((message) => masker.again(message));
}

const MOST_RUNS = 20_000;
const MOST_WHOLE = 500;
const LONGEST_WHOLE = 200;
/** Longer runs are remembered as hashes. */
const LONGEST_RUN = 100;

const known = (run: string): string =>
  run.length <= LONGEST_RUN ? run : createHash('sha256').update(run).digest('base64url');

/** Remembers the secrets found so far, for messages that arrive one by one. */
export class Masker {
  readonly #runs = new Set<string>();
  readonly #whole = new Set<string>();

  /** @returns the message with its own secrets masked. */
  learn(message: Message): Shown {
    const masked = this.#masked(message);
    for (const [all, most] of [
      [this.#runs, MOST_RUNS],
      [this.#whole, MOST_WHOLE],
    ] as const)
      for (const oldest of all) {
        if (all.size <= most) break;
        all.delete(oldest);
      }
    return masked;
  }

  /** The message with all its secrets, and those found before, masked. */
  show(message: Message): Shown {
    return this.again(this.#masked(message));
  }

  /** A message whose own secrets are masked, with those of other messages masked too. */
  again(one: Shown): Shown {
    const start = ADDRESSED.exec(one.url)?.[0] ?? '';
    return {
      ...one,
      // Without its beginning, which must remain an address even if it contains a secret.
      url: start + this.#everywhere(one.url.slice(start.length)),
      requestHeaders: mapValues(one.requestHeaders, (value) => this.#everywhere(value)),
      requestBody: this.#everywhere(one.requestBody),
      responseHeaders: mapValues(one.responseHeaders, (value) => this.#everywhere(value)),
      responseBody: this.#everywhere(one.responseBody),
    };
  }

  /** A single value that may be an address, a form or JSON, e.g. of the parameter `returnTo`. */
  value(text: string): string {
    return this.#everywhere(this.#nested(text, 0));
  }

  /** A text of unknown form. */
  text(text: string): string {
    return this.#everywhere(/^--/.test(text) ? this.#parts(text) : this.#written(text));
  }

  #masked(message: Message): Shown {
    const at = message.url.pathname;
    const type = String(message.responseHeaders['content-type'] ?? '');
    return {
      from: message.from,
      to: message.to,
      ...(message.process === undefined ? {} : { process: message.process }),
      method: message.method,
      url: this.#url(message.url.href),
      requestHeaders: this.#headers(message.requestHeaders),
      requestBody: this.#body(message.requestBody, String(message.requestHeaders['content-type'] ?? ''), at),
      status: message.status,
      responseHeaders: this.#headers(message.responseHeaders),
      responseBody: this.#body(message.responseBody, type, at),
      at: message.at,
      ms: message.ms,
    };
  }

  /** Remembers a secret and returns its mask. */
  #hide(secret: string): string {
    const runs = (secret.match(LONG_RUN) ?? []).filter((run) => !ESCAPE.test(run));
    for (const run of runs) this.#runs.add(known(run));
    // A long text is not looked for in other messages.
    if (runs.length === 0 && secret.length >= 6 && secret.length <= LONGEST_WHOLE) {
      for (const form of [
        secret,
        encodeURIComponent(secret.toWellFormed()),
        new URLSearchParams({ s: secret }).toString().slice(2),
        JSON.stringify(secret).slice(1, -1),
      ])
        this.#whole.add(form);
    }
    return mask(secret);
  }

  #url(href: string, depth = 0): string {
    const hash = href.indexOf('#');
    const before = hash < 0 ? href : href.slice(0, hash);
    const fragment = hash < 0 ? undefined : href.slice(hash + 1);
    const at = before.indexOf('?');
    const shown = (
      at < 0 ? before : `${before.slice(0, at)}?${this.#pairs(before.slice(at + 1), depth)}`
    ).replace(
      /^([a-z][a-z0-9+.-]*:\/\/[^/?#:@]*):([^/?#@]*)@/i,
      (_, start: string, password: string) =>
        `${start}:${encodeURIComponent(this.#hide(decoded(password)))}@`,
    );
    return fragment === undefined ? shown : `${shown}#${this.#pairs(fragment, depth)}`;
  }

  /** A value under a harmless name, which may contain a secret. */
  #nested(text: string, depth: number): string {
    if (depth > DEEPEST || !/[=:]/.test(text)) return text;
    if (/^\s*[{[]/.test(text)) return this.#json(text, '', depth) ?? text;
    return /[?#]|^[a-z][a-z0-9+.-]*:/i.test(text) ? this.#url(text, depth) : this.#pairs(text, depth);
  }

  /** @returns undefined for text that is no JSON; the text itself if it contains no secret. */
  #json(text: string, at: string, depth: number): string | undefined {
    return attempt(() => {
      const parsed = parseJson(text);
      const inside = (one: string) => this.#nested(one, depth + 1);
      const shown = JSON.stringify(maskJson(parsed, (secret) => this.#hide(secret), at, inside));
      return shown === JSON.stringify(parsed) ? text : shown;
    });
  }

  #headers(all: Record<string, number | string | readonly string[] | undefined>): Record<string, string> {
    const given = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), value] as const],
    );
    return Object.fromEntries(
      given.map(([name, value]) => {
        const values = Array.isArray(value) ? value.map(String) : [String(value)];
        return [name, values.map((one) => this.#header(name, one)).join('\n')];
      }),
    );
  }

  /** Masked before it is cut: a secret in the rest may also be elsewhere. */
  #body(text: string, type: string, at: string): string {
    if (/json/.test(type) || /^\s*[{[]/.test(text)) {
      const shown = this.#json(text, at, 0);
      // Otherwise it was cut off, or is no JSON.
      if (shown !== undefined) return shown;
    }
    if (/urlencoded/.test(type)) return cut(this.#pairs(text));
    return cut(/multipart/.test(type) ? this.#parts(text) : this.#written(text));
  }

  /** Fields of a form with files (RFC 7578). */
  #parts(text: string): string {
    return text
      .split(/(\r?\n--)/)
      .map((part) => {
        const name = /;\s*name="([^"\n]*)"/.exec(part.slice(0, 1000))?.[1];
        const [head = '', ...rest] = part.split(/(\r?\n\r?\n)/);
        if (name === undefined || !isSecretName(name) || rest.length < 2) return part;
        return `${head}${rest[0]}${this.#hide(rest.slice(1).join(''))}`;
      })
      .join('');
  }

  /** Secrets in other text, such as a page or incomplete JSON: "access_token": "…", <input name="token" value="…">. */
  #written(text: string): string {
    return text
      .replace(
        /(["']?)(?<![\w-])([\w-]+)\1(\s*[:=]\s*)(?:"((?:[^"\\\n]|\\.)+)("|$)|'((?:[^'\\\n]|\\.)+)('|$))/g,
        (found, quote: string, name: string, sign: string, ...rest: string[]) => {
          const [double, closing, single, end] = rest;
          const secret = double ?? single ?? '';
          if (!isSecretName(name)) return found;
          const delimiter = double === undefined ? "'" : '"';
          return `${quote}${name}${quote}${sign}${delimiter}${this.#hide(secret)}${closing ?? end ?? ''}`;
        },
      )
      .replace(/<input\b[^>]{0,4000}>/gi, (field) => {
        const name = /\sname\s*=\s*["']?([^"'\s>]+)/i.exec(field)?.[1];
        if (name === undefined || !isSecretName(name)) return field;
        return field.replace(
          /(\svalue\s*=\s*)("[^"]+"|'[^']+'|[^\s"'>]+)/i,
          (_, start: string, value: string) => `${start}"${this.#hide(value.replace(/^["']|["']$/g, ''))}"`,
        );
      });
  }

  #everywhere(text: string): string {
    let shown = text.replace(JWT, (jwt) => mask(jwt));
    shown = shown.replace(LONG_RUN, (run) => (this.#runs.has(known(run)) ? mask(run) : run));
    for (const secret of this.#whole) shown = shown.replaceAll(secret, mask(secret));
    return shown;
  }

  #header(name: string, value: string): string {
    if (name === 'set-cookie')
      return value.replace(/^([^=;]*)=([^;]*)/, (_, key, v) => `${key}=${this.#hide(v)}`);
    if (name === 'cookie')
      return value
        .split(/;\s*/)
        .map((one) => one.replace(/^([^=]*)=(.*)$/, (_, key, v) => `${key}=${this.#hide(v)}`))
        .join('; ');
    if (/^(proxy-)?authorization$/.test(name)) return this.#authorization(value);
    if (isSecretName(name)) return this.#hide(value);
    return /^(location|referer|content-location)$/.test(name) ? this.#url(value) : value;
  }

  /** Basic is decoded: learners look for the client's name in it. */
  #authorization(value: string): string {
    const { scheme, credentials } = authorizationParts(value);
    if (scheme === '') return this.#hide(credentials);
    if (credentials === '') return scheme;
    if (scheme.toLowerCase() !== 'basic') return `${scheme} ${this.#hide(credentials)}`;
    const [user = '', ...rest] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
    this.#hide(credentials);
    // Without a colon it names nobody, so all of it may be secret.
    if (rest.length === 0) return `Basic ${mask(credentials)}`;
    return `Basic ${decoded(user)}:${this.#hide(decoded(rest.join(':')))}`;
  }

  #pairs(query: string, depth = 0): string {
    return query
      .split('&')
      .map((pair) => {
        const [name = '', ...rest] = pair.split('=');
        const value = rest.join('=');
        if (value === '') return pair;
        const plain = decoded(value);
        if (isSecretName(decoded(name))) return `${name}=${this.#hide(plain)}`;
        const shown = this.#nested(plain, depth + 1);
        return shown === plain ? pair : `${name}=${encodeURIComponent(shown.toWellFormed())}`;
      })
      .join('&');
  }
}

const cut = (text: string) => (text.length > MOST_BODY ? `${text.slice(0, MOST_BODY)}…` : text);

const decoded = (text: string): string =>
  attempt(() => decodeURIComponent(text.replaceAll('+', ' '))) ?? text;

const mapValues = (all: Record<string, string>, how: (value: string) => string) =>
  Object.fromEntries(Object.entries(all).map(([name, value]) => [name, how(value)]));
