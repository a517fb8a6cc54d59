import { STATUS_CODES } from 'node:http';
import { attempt } from '../../lib/attempt';
import { parseJson } from '../../lib/json';
import { printable } from '../../lib/printable';
import type { Numbered } from './parts';

/** Headers that matter for a login; of the others only the number is reported. */
const ARTIFACTS =
  /^(authorization|content-type|cookie|set-cookie|location|origin|referer|host|cache-control|www-authenticate|retry-after|sec-fetch-mode|sec-fetch-site|accept)$/;
const MOST_LINES = 40;

/** One message in full: address, parameters, headers that matter, bodies. Its secrets are masked already. */
export function wholeMessage(message: Numbered, { all = false }: { all?: boolean } = {}): string {
  const url = new URL(message.url);
  const { status } = message;
  const parts = [
    `Message ${message.n}: ${partyIn(message, message.from)} to ${partyIn(message, message.to)}${message.check ? `, for check ${message.check}` : ''}`,
    '',
    `${message.method} ${url.origin}${url.pathname}`,
    ...pairs(url.searchParams),
    ...headers(message.requestHeaders, all),
    ...body(message.requestBody, message.requestHeaders['content-type']),
    '',
    status === 0
      ? 'There was no answer.'
      : `${status} ${STATUS_CODES[status] ?? ''} after ${message.ms} ms`.replace('  ', ' '),
    ...headers(message.responseHeaders, all),
    ...location(message),
    ...body(message.responseBody, message.responseHeaders['content-type']),
  ];
  return `${parts.join('\n')}\n`;
}

/** As in the recording: "app 2" if several processes of the app run. */
const partyIn = ({ process }: Numbered, party: Numbered['from']) =>
  party === 'app' && process !== undefined ? `${party} ${process}` : party;

function location({ url, responseHeaders }: Numbered): string[] {
  const to = responseHeaders.location;
  if (to === undefined || !URL.canParse(to, url)) return [];
  const { searchParams } = new URL(to, url);
  return searchParams.size === 0 ? [] : ['  parameters of its location:', ...pairs(searchParams)];
}

const pairs = (params: URLSearchParams) => columns([...params].map(([name, value]) => [`${name} =`, value]));

function headers(all: Record<string, string>, whole: boolean): string[] {
  const entries = Object.entries(all);
  const shown = whole ? entries : entries.filter(([name]) => ARTIFACTS.test(name));
  const more = entries.length - shown.length;
  const lines = columns(
    shown.flatMap(([name, value]) => value.split('\n').map((one): [string, string] => [`${name}:`, one])),
  );
  return more > 0
    ? [...lines, `  and ${more} other ${more === 1 ? 'header' : 'headers'} (--all shows them)`]
    : lines;
}

function body(text: string, type = ''): string[] {
  if (text === '') return [];
  if (/urlencoded/.test(type)) return ['', '  body:', ...pairs(new URLSearchParams(text))];
  const lines = (attempt(() => JSON.stringify(parseJson(text), null, 2)) ?? text).split('\n');
  const more = lines.length - MOST_LINES;
  const shown = lines.slice(0, MOST_LINES).map((line) => `    ${line}`);
  return ['', '  body:', ...shown, ...(more > 0 ? [`    … and ${more} more lines (--json shows them)`] : [])];
}

function columns(rows: [string, string][]): string[] {
  const shown = rows.map(([name, value]) => [printable(name), printable(value)] as const);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `    ${name.padEnd(width)} ${value}`);
}
