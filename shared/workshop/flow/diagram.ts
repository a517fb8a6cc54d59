import { membersOf } from '../../lib/json';
import { printable } from '../../lib/printable';
import type { Recorded } from '../../recorder/record';
import type { Numbered } from './parts';
import { drawText } from './text-diagram';

type Party = Recorded['from'];
export const NAMES: Record<Party, string> = { browser: 'Browser', app: 'App', tenant: 'Tenant', api: 'API' };
/** A party's name in one message: "App 2" if several processes of the app run. */
export const nameIn = ({ process }: Pick<Recorded, 'process'>, party: Party): string =>
  party === 'app' && process !== undefined ? `${NAMES.app} ${process}` : NAMES[party];
const LANES = Object.keys(NAMES) as Party[];

/** The messages as a mermaid sequence diagram. @param longest characters of a label. */
export function mermaidOf(messages: readonly Numbered[], longest = 60): string {
  const lines = arrowsOf(messages, longest).map(
    ({ from, to, label, answer }) => `  ${from}${answer ? '-->>' : '->>'}${to}: ${label}`,
  );
  const lanes = lanesOf(messages).map((lane) => `  participant ${lane} as ${NAMES[lane]}`);
  return `${['sequenceDiagram', ...lanes, ...lines].join('\n')}\n`;
}

/** The diagram for a terminal, with labels shortened to fit. @param width columns. @returns undefined if it cannot
 * fit. */
export function draw(messages: readonly Numbered[], width: number): string | undefined {
  const present = lanesOf(messages);
  for (const longest of [44, 36, 28, 22, 16]) {
    const arrows = arrowsOf(messages, longest).map(({ from, to, label, answer }) => ({
      from: present.indexOf(from),
      to: present.indexOf(to),
      label,
      dashed: answer,
    }));
    const lines = drawText(
      present.map((lane) => NAMES[lane]),
      arrows,
    );
    if (lines.every((line) => line.length <= width)) return `${lines.join('\n')}\n`;
  }
  return undefined;
}

const lanesOf = (messages: readonly Numbered[]) =>
  LANES.filter((lane) => messages.some(({ from, to }) => from === lane || to === lane));

/** Each message twice, as a request and as its answer, with labels. */
function arrowsOf(messages: readonly Numbered[], longest: number) {
  return inTurn(messages).map(({ message, answer, separate }) => {
    const { from, to, n } = message;
    const text = answer ? `${answerOf(message)}${separate ? `, answers ${n}` : ''}` : requestOf(message);
    const [start, end] = answer ? [to, from] : [from, to];
    return { from: start, to: end, label: label(text, longest), answer };
  });
}

interface Arrow {
  message: Numbered;
  answer: boolean;
  /** Other arrows are between it and its request. */
  separate: boolean;
}

/** Requests and answers in order: what the app requests before it answers is between the two. */
function inTurn(messages: readonly Numbered[]): Arrow[] {
  const arrows: Arrow[] = [];
  const open: Numbered[] = [];
  const close = () => {
    const message = open.pop();
    if (message) arrows.push({ message, answer: true, separate: arrows.at(-1)?.message !== message });
  };
  for (const message of messages) {
    while (open.length > 0 && !isWithin(message, open.at(-1))) close();
    arrows.push({ message, answer: false, separate: false });
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
        `${String(message.n).padStart(digits)}  ${`${nameIn(message, message.from)} -> ${nameIn(message, message.to)}`.padEnd(17)}  ${message.method} ${shortUrl(message.url)}  ${answerOf(message)}\n`,
    )
    .join('');
}

function requestOf({ n, method, url, requestBody, process }: Numbered): string {
  const grant = /(?:^|&)grant_type=([a-z_]+)/.exec(requestBody)?.[1];
  return `${n}${process === undefined ? '' : ` (${nameIn({ process }, 'app')})`} ${method} ${shortUrl(url)}${grant === undefined ? '' : ` ${grant}`}`;
}

/** The status, and the target of a redirect or the error. */
function answerOf({ status, url, responseHeaders, responseBody, ms }: Numbered): string {
  if (status === 0) return 'no answer';
  const { location } = responseHeaders;
  if (location !== undefined) return `${status} to ${target(location, url)}`;
  const names = membersOf(responseBody);
  const error = names.error ?? names.title;
  if (typeof error === 'string') return `${status} ${printable(error)}`;
  const tokens = Object.keys(names).filter((name) => name.endsWith('_token'));
  return tokens.length > 0 ? `${status} ${printable(tokens.join(', '))}` : `${status} (${ms} ms)`;
}

function target(location: string, from: string): string {
  if (!URL.canParse(location, from)) return printable(location);
  const to = new URL(location, from);
  const error = to.searchParams.get('error');
  return `${shortPath(to.pathname)}${error === null ? '' : `?error=${printable(error)}`}`;
}

/** The path, and whether there are parameters. */
function shortUrl(url: string): string {
  const { pathname, searchParams } = new URL(url);
  return `${shortPath(pathname)}${searchParams.size === 0 ? '' : '?…'}`;
}

/** A path without generated parts, such as an interaction's id. */
export const shortPath = (path: string) =>
  path
    .split('/')
    .map((part) => (/%E2%80%A6|^(?=.*\d)[\w-]{20,}$/.test(part) ? '…' : part))
    .join('/');

/** Without the characters that mermaid interprets. */
function label(text: string, longest: number): string {
  const clean = text.replace(/[;#<>\r\n]/g, ' ');
  return clean.length <= longest ? clean : `${clean.slice(0, longest - 1)}…`;
}
