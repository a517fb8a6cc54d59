import type { Message } from '../../recorder';
import { authorizationParts } from '../../recorder/secrets';
import { nameIn, shortPath } from '../../workshop/flow/diagram';
import { locationOf, pairsOf, typesOf } from './kind';
import { quote, Secrets } from './shell';
import type { Entry } from './types';
import type { Wire } from './wire';

const MOST = 300;

/** A shell script with curl that sends the browser's messages again, with the state, code and cookies of its own run.
 * The app's own requests are comments. Secrets are variables. */
export function exportCurl(wire: Wire, entries: readonly Entry[]): string {
  const messages = entries.slice(-MOST).filter(({ archived }) => !archived);
  const active = new Secrets((text) => wire.holdsSecret(text));
  // Secrets in comments need no value.
  const passive = new Secrets((text) => wire.holdsSecret(text));
  const calls = messages.map(({ n, message }, i) => {
    const { from, to, status } = message;
    const heading = `# ${n}: ${nameIn(message, from)} to ${nameIn(message, to)}, answered ${status || 'never'}`;
    if (isCaused(message, messages)) return `${heading}\n${commented(direct(message, passive))}\n`;
    const before = messages
      .slice(0, i)
      .findLast((one) => one.message.from === 'browser' && from === 'browser')?.message;
    return `${heading}\n${again(message, before, active)}\n`;
  });
  return [
    '#!/bin/sh',
    '# The same messages again. The script sends the browser’s requests, with the state, code and cookies of this run.',
    '# The app and the API send the other requests. These are comments in this script.',
    ...(active.names.length > 0
      ? [
          `# Secrets are not in it. Run it with them: ${active.names.map((name) => `${name}=…`).join(' ')} sh flow.sh`,
        ]
      : []),
    'set -u',
    ...active.names.map((name) => `: "\${${name}:?is a secret and not in this script: give it a value}"`),
    FUNCTIONS,
    ...calls,
  ].join('\n');
}

const FUNCTIONS = `JAR=$(mktemp)
trap 'rm -f "$JAR"' EXIT
PAGE= NEXT=

# Sends a request as the browser, shows the answer (of a page only its headers), and remembers where it is and where that leads.
send() {
  ANSWER=$(curl -sS -i -b "$JAR" -c "$JAR" -w '\\n%{url_effective} %{redirect_url} ' "$@") || exit
  PLACES=$(printf '%s\\n' "$ANSWER" | tail -n 1)
  PAGE=\${PLACES%% *}
  NEXT=\${PLACES#* } NEXT=\${NEXT%% *}
  printf '%s\\n' "$ANSWER" | tr -d '\\r' | sed '$d' |
    case $ANSWER in *'<html'*) sed '/^$/q' ;; *) cat && echo ;; esac
}
# Goes where the answer before leads to, if that is the place that is meant: who has consented is not asked again.
follow() { case $NEXT in *"$1"*) send "$NEXT" ;; *) echo "This time it does not lead to $1." ;; esac; }
# Sends a form of the page at which the answers ended.
submit() { where=$1 && shift; case $PAGE in *"$where"*) send "$PAGE" "$@" ;; *) echo "This time nothing is asked at $where." ;; esac; }
`;

/** Whether app or API sends it while answering another message. */
function isCaused({ from, at }: Message, messages: readonly Entry[]): boolean {
  return messages.some(
    ({ message }) => message.to === from && message.at <= at && at <= message.at + message.ms,
  );
}

/** A request as the browser sends it again, or as recorded if nothing leads to it. */
function again(message: Message, before: Message | undefined, secrets: Secrets): string {
  const { from, method, url } = message;
  if (from !== 'browser') return `send ${direct(message, secrets).slice('curl -sS -i '.length)}`;
  const there = quote(plainStart(url));
  if (before && method === 'GET' && locationOf(before)?.href === url.href) return `follow ${there}`;
  const page = before && `${before.url.origin}${before.url.pathname}`;
  if (method === 'POST' && page === `${url.origin}${url.pathname}`)
    return lines([`submit ${there}`, ...sent(message, secrets)]);
  return lines([
    `send ${address(url, secrets)}`,
    ...(method === 'GET' ? [] : [`-X ${quote(method)}`]),
    ...sent(message, secrets),
  ]);
}

/** The address up to its generated part. */
const plainStart = ({ origin, pathname }: URL): string => origin + (shortPath(pathname).split('…')[0] ?? '');

function direct(message: Message, secrets: Secrets): string {
  const { method, url } = message;
  const how = method === 'GET' ? '' : `-X ${quote(method)} `;
  return lines([`curl -sS -i ${how}${address(url, secrets)}`, ...sent(message, secrets)]);
}

const HEADERS = /^(authorization|content-type|accept|origin)$/;

function sent(message: Message, secrets: Secrets): string[] {
  const { from, requestHeaders, requestBody } = message;
  const found: string[] = [];
  for (const [name, value] of Object.entries(requestHeaders)) {
    if (!HEADERS.test(name) || typeof value !== 'string' || value === 'null') continue;
    // A browser accepts everything, in many words.
    if (name === 'accept' && from === 'browser') continue;
    const { scheme, credentials } = authorizationParts(value);
    if (name === 'authorization') {
      found.push(
        `-H ${quote(`authorization: ${scheme}${scheme ? ' ' : ''}`)}${secrets.variable(/bearer/i.test(scheme) ? 'access_token' : 'authorization', credentials)}`,
      );
      continue;
    }
    const plain = secrets.value(name, value);
    found.push(`-H ${plain === quote(value) ? quote(`${name}: ${value}`) : quote(`${name}: `) + plain}`);
  }
  const form = /urlencoded/.test(typesOf(message).request);
  if (form)
    for (const [name, value] of pairsOf(requestBody, 'urlencoded'))
      found.push(`--data-urlencode ${quote(`${name}=`)}${secrets.value(name, value)}`);
  else if (requestBody !== '')
    found.push(`--data-raw ${quote(secrets.without(requestBody, message.url.pathname))}`);
  return found;
}

/** Each parameter as its own word, as it is in the address. */
function address({ origin, pathname, searchParams }: URL, secrets: Secrets): string {
  const query = [...searchParams];
  const end = query.length === 0 ? '' : '?';
  const base = secrets.value('', pathname);
  return (
    (base === quote(pathname) ? quote(`${origin}${pathname}${end}`) : `${quote(origin)}${base}${end}`) +
    query.map(([name, value]) => secrets.pair(name, value)).join("'&'")
  );
}

const lines = (parts: string[]) => parts.join(' \\\n  ');
const commented = (text: string) => text.replace(/^/gm, '# ');
