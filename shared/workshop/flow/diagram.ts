import { membersOf } from '../../party/json';
import type { Recorded } from '../../recorder/record';
import type { Numbered } from './parts';

type Party = Recorded['from'];
const NAMES: Record<Party, string> = { browser: 'Browser', app: 'App', tenant: 'Tenant', api: 'API' };
const LANES = Object.keys(NAMES) as Party[];

/**
 * The messages as the text of a mermaid sequence diagram.
 *
 * @param longest characters that a label may have.
 */
export function mermaidOf(messages: readonly Numbered[], longest = 60): string {
  const present = LANES.filter((lane) => messages.some(({ from, to }) => from === lane || to === lane));
  const lines = inTurn(messages).map(({ message, answer, apart }) => {
    const { from, to, n } = message;
    if (!answer) return `  ${from}->>${to}: ${label(requestOf(message), longest)}`;
    return `  ${to}-->>${from}: ${label(`${answerOf(message)}${apart ? `, answers ${n}` : ''}`, longest)}`;
  });
  const lanes = present.map((lane) => `  participant ${lane} as ${NAMES[lane]}`);
  return `${['sequenceDiagram', ...lanes, ...lines].join('\n')}\n`;
}

/**
 * The diagram for a terminal.
 *
 * @param width columns; labels are cut until it fits.
 * @returns undefined where it does not fit even so.
 */
export async function draw(messages: readonly Numbered[], width: number): Promise<string | undefined> {
  // It is written as an ES module that require() does not find, and it brings a layout engine: only who draws loads it.
  const { renderMermaidASCII } = await import('beautiful-mermaid');
  for (const longest of [44, 36, 28, 22, 16]) {
    const drawn = renderMermaidASCII(mermaidOf(messages, longest), { colorMode: 'none' });
    const lines = drawn.split('\n').map((line) => line.trimEnd());
    if (lines.every((line) => line.length <= width)) return `${dense(lines).join('\n')}\n`;
  }
  return undefined;
}

/** Without the lines that hold nothing but the lanes: twice as many messages on a screen. */
function dense(lines: string[]): string[] {
  return lines.filter((line) => line !== '' && !/^[\s│]+$/.test(line));
}

interface Arrow {
  message: Numbered;
  answer: boolean;
  /** Other arrows came between it and its request. */
  apart: boolean;
}

/** Requests and answers in turn: what the app asks others before it answers stands between the two. */
function inTurn(messages: readonly Numbered[]): Arrow[] {
  const arrows: Arrow[] = [];
  const open: Numbered[] = [];
  const close = () => {
    const message = open.pop();
    if (message) arrows.push({ message, answer: true, apart: arrows.at(-1)?.message !== message });
  };
  for (const message of messages) {
    while (open.length > 0 && !isWithin(message, open.at(-1))) close();
    arrows.push({ message, answer: false, apart: false });
    open.push(message);
  }
  while (open.length > 0) close();
  return arrows;
}

const end = ({ at, ms, status }: Numbered) => (status === 0 ? Number.POSITIVE_INFINITY : at + ms);

const isWithin = (message: Numbered, outer: Numbered | undefined) =>
  outer !== undefined && outer.to === message.from && message.at <= end(outer) && end(message) <= end(outer);

/** One line for each message, for narrow terminals and files. */
export function listOf(messages: readonly Numbered[]): string {
  const digits = String(messages.at(-1)?.n ?? 0).length;
  return messages
    .map(
      (message) =>
        `${String(message.n).padStart(digits)}  ${`${NAMES[message.from]} -> ${NAMES[message.to]}`.padEnd(17)}  ${message.method} ${shortUrl(message.url)}  ${answerOf(message)}\n`,
    )
    .join('');
}

function requestOf({ n, method, url, requestBody }: Numbered): string {
  const grant = /(?:^|&)grant_type=([a-z_]+)/.exec(requestBody)?.[1];
  return `${n} ${method} ${shortUrl(url)}${grant === undefined ? '' : ` ${grant}`}`;
}

/** The status, and what it says in brief: where a redirect leads, which error there is. */
function answerOf({ status, url, responseHeaders, responseBody, ms }: Numbered): string {
  if (status === 0) return 'no answer';
  const { location } = responseHeaders;
  if (location !== undefined) return `${status} to ${target(location, url)}`;
  const names = membersOf(responseBody);
  const error = names.error ?? names.title;
  if (typeof error === 'string') return `${status} ${error}`;
  const tokens = Object.keys(names).filter((name) => name.endsWith('_token'));
  return tokens.length > 0 ? `${status} ${tokens.join(', ')}` : `${status} (${ms} ms)`;
}

function target(location: string, from: string): string {
  if (!URL.canParse(location, from)) return location;
  const to = new URL(location, from);
  const error = to.searchParams.get('error');
  return `${shortPath(to.pathname)}${error === null ? '' : `?error=${error}`}`;
}

/** The path with the names of its parameters, which is what one compares first. */
function shortUrl(url: string): string {
  const { pathname, searchParams } = new URL(url);
  return `${shortPath(pathname)}${searchParams.size === 0 ? '' : '?…'}`;
}

/** A made-up part such as an interaction's id says nothing. */
const shortPath = (path: string) =>
  path
    .split('/')
    .map((part) => (/%E2%80%A6|^(?=.*\d)[\w-]{20,}$/.test(part) ? '…' : part))
    .join('/');

/** What mermaid would read as its own marks is taken out. */
function label(text: string, longest: number): string {
  const clean = text.replace(/[;#<>\r\n]/g, ' ');
  return clean.length <= longest ? clean : `${clean.slice(0, longest - 1)}…`;
}
