import { STATUS_CODES } from 'node:http';
import { attempt } from '../../lib/attempt';
import { parseJson } from '../../lib/json';
import type { Message } from '../../recorder';
import type { Shown } from '../../recorder/types';
import { type Explained, explainHeader, explainParameter, type Place } from './explanations';
import { type DecodedToken, decodeToken, type TokenContext } from './jwt';
import { headerOf, type Kind, locationOf, pairsOf, titleOf, typesOf } from './kind';
import { linksOf, type ValueLinks } from './links';
import type { Part } from './mentions';
import { rowOf } from './row';
import type { Annotation, Entry } from './types';
import type { Wire } from './wire';

export interface Field {
  name: string;
  value: string;
  about: Explained | undefined;
  marks: Annotation[];
  links: ValueLinks[];
}

interface Headers {
  matter: Field[];
  others: [string, string][];
}

const PLACES: Partial<Record<Kind, Place>> = {
  authorize: 'authorize',
  callback: 'callback',
  token: 'token',
  revoke: 'revoke',
  logout: 'logout',
};
const ANSWERS: Partial<Record<Kind, Place>> = { token: 'token answer', userinfo: 'userinfo answer' };
const TOKENS = /^(access_token|id_token|refresh_token|id_token_hint|token)$/;

/** Everything about a message, for its page. @param secrets whether they are shown; otherwise they are masked. */
export async function messageView(
  wire: Wire,
  entry: Entry,
  { secrets, ...context }: TokenContext & { secrets: boolean },
) {
  const { message } = entry;
  const old = entry.archived !== undefined;
  const shown = secrets && !old ? plain(message) : wire.masked(entry);
  const row = rowOf(wire, entry);
  const kind = row.kind;
  const types = typesOf(
    old ? { requestHeaders: shown.requestHeaders, responseHeaders: shown.responseHeaders } : message,
  );
  const place = PLACES[kind];
  const fields = (part: Part, pairs: [string, string][], where: Place | undefined): Field[] => {
    const found = pairs.map(([name, value]) => ({
      name,
      value,
      about: explainParameter(where ?? 'error', name),
      marks: row.marks.filter((mark) => mark.part === part && mark.name === name),
      links: linksOf(wire, entry, part, name),
    }));
    return [...found, ...missing(part, found, row.marks, where)];
  };
  const url = new URL(shown.url);
  const location = locationOf({ url, responseHeaders: shown.responseHeaders });
  const toApp = message.to === 'tenant' && location?.searchParams.has('code');
  const locationPlace = toApp ? 'callback' : location?.pathname === '/authorize' ? 'authorize' : 'error';
  const sent = place ? fields('body', pairsOf(shown.requestBody, types.request), place) : [];
  const answerPlace = ANSWERS[kind];
  const answer =
    answerPlace || kind === 'revoke'
      ? fields('answer', pairsOf(shown.responseBody, types.answer), answerPlace)
      : [];
  return {
    row,
    title: titleOf(kind, message.from),
    url: `${url.origin}${attempt(() => decodeURIComponent(url.pathname)) ?? url.pathname}`,
    query: fields('query', [...url.searchParams], place),
    /** Form fields or JSON members of the protocol; otherwise `requestText`. */
    sent,
    requestText: sent.length > 0 ? '' : indented(shown.requestBody),
    requestHeaders: headers(wire, entry, 'header', shown.requestHeaders, row.marks),
    status: shown.status === 0 ? '' : `${shown.status} ${STATUS_CODES[shown.status] ?? ''}`.trim(),
    location: location ? fields('location', [...location.searchParams], locationPlace) : [],
    answer,
    responseText: answer.length > 0 ? '' : indented(shown.responseBody),
    responseHeaders: headers(wire, entry, 'answer header', shown.responseHeaders, row.marks),
    tokens: old ? [] : await tokensIn(message, context),
    secrets: secrets && !old,
    /** So old that its secrets are deleted; `lost` if its content is deleted too. */
    old,
    lost: wire.isLost(entry),
    checks: [...(entry.checks ?? [])].flatMap((key) => wire.check(key) ?? []),
  };
}

function missing(
  part: Part,
  found: Field[],
  marks: readonly Annotation[],
  place: Place | undefined,
): Field[] {
  const there = new Set(found.map(({ name }) => name));
  const absent = marks.filter((mark) => mark.part === part && !there.has(mark.name));
  return absent.map((mark) => ({
    name: mark.name,
    value: '',
    about: place && explainParameter(place, mark.name),
    marks: [mark],
    links: [],
  }));
}

function headers(
  wire: Wire,
  entry: Entry,
  part: 'header' | 'answer header',
  all: Record<string, string>,
  marks: readonly Annotation[],
): Headers {
  const matter: Field[] = [];
  const others: [string, string][] = [];
  for (const [name, value] of Object.entries(all)) {
    const about = explainHeader(name);
    if (!about) others.push([name, value]);
    else
      matter.push({
        name,
        value,
        about,
        marks: marks.filter((mark) => mark.part === part && mark.name === name),
        links: linksOf(wire, entry, part, name),
      });
  }
  return { matter: [...matter, ...missing(part, matter, marks, undefined)], others };
}

/** With all its secrets, in the form of a masked message. */
function plain({ url, requestHeaders, responseHeaders, ...message }: Message): Shown {
  return {
    ...message,
    url: url.href,
    requestHeaders: flat(requestHeaders),
    responseHeaders: flat(responseHeaders),
  };
}

const flat = (all: Record<string, number | string | readonly string[] | undefined>) =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), [value].flat().join('\n')]],
    ),
  );

const indented = (text: string): string => attempt(() => JSON.stringify(parseJson(text), null, 2)) ?? text;

async function tokensIn(message: Message, context: TokenContext): Promise<DecodedToken[]> {
  const types = typesOf(message);
  const pairs = [
    ...message.url.searchParams,
    ...pairsOf(message.requestBody, types.request),
    ...pairsOf(message.responseBody, types.answer),
  ].filter(([name]) => TOKENS.test(name));
  const bearer = /^bearer\s+(\S+)/i.exec(headerOf(message, 'authorization'))?.[1];
  if (bearer !== undefined) pairs.push(['authorization', bearer]);
  const decoded = await Promise.all(
    pairs.map(([name, token]) => decodeToken(name, token, message.at + message.ms, context)),
  );
  return decoded.filter((one) => one !== undefined);
}
