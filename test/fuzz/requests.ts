import { once } from 'node:events';
import net from 'node:net';
import fc from 'fast-check';
import {
  DEEP_JSON,
  encoded,
  heavy,
  json,
  jsonObject,
  NAMES,
  pairs,
  text,
  thing,
  token,
  value,
} from './foreign';

/** Where a request goes: a party, a method and a path. */
export interface Target {
  port: number;
  method: string;
  path: string;
  /** Sent as well: a cookie, an access token. */
  headers?: Record<string, string>;
}

/** A request as its bytes. */
export interface Sent {
  target: Target;
  head: string;
  body: Buffer;
  /** Bytes of the body that are sent before the connection ends. */
  cut: number | undefined;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

const body = fc.oneof(
  { weight: 5, arbitrary: pairs.map((all) => ({ type: FORM, bytes: Buffer.from(encoded(all)) })) },
  {
    weight: 1,
    arbitrary: heavy.map((one) => ({
      type: FORM,
      bytes: Buffer.from(`token=${encodeURIComponent(one)}`.slice(0, 64_000)),
    })),
  },
  { weight: 4, arbitrary: jsonObject.map((one) => ({ type: JSON_TYPE, bytes: Buffer.from(one) })) },
  { weight: 2, arbitrary: thing.map((one) => ({ type: JSON_TYPE, bytes: Buffer.from(one) })) },
  { weight: 1, arbitrary: json.map((one) => ({ type: JSON_TYPE, bytes: Buffer.from(one) })) },
  { weight: 2, arbitrary: heavy.map((one) => ({ type: JSON_TYPE, bytes: Buffer.from(one) })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          FORM,
          JSON_TYPE,
          `${JSON_TYPE}; charset=nothing`,
          `${FORM}; charset=x`,
          'text/plain',
          'multipart/form-data; boundary=x',
          'application/xml',
          ';',
          '',
        ),
        fc.uint8Array({ maxLength: 300 }),
      )
      .map(([type, bytes]) => ({ type, bytes: Buffer.from(bytes) })),
  },
);

/** What a header can carry: no line ends and no NUL. */
const inHeader = (one: string) =>
  Buffer.from(one.replace(/[\r\n\0]/g, ' '))
    .toString('latin1')
    .slice(0, 6000);

const header = fc.oneof(
  token.map((one) => `Authorization: Bearer ${one}`),
  value.map((one) => `Authorization: Basic ${Buffer.from(one).toString('base64')}`),
  text.map((one) => `Authorization: ${one}`),
  value.map((one) => `Cookie: ${one}`),
  fc.tuple(fc.constantFrom(...NAMES), text).map(([name, one]) => `Cookie: ${name}=${one}`),
  fc.tuple(fc.constantFrom(...NAMES), text).map(([name, one]) => `${name}: ${one}`),
  token.map((one) => `DPoP: ${one}`),
  fc.constantFrom(
    'Sec-Fetch-Mode: navigate',
    'Content-Encoding: gzip',
    'Accept: */*;q=x',
    'Accept-Language: ,,',
    'X-Forwarded-Proto: https',
    'Origin: null',
  ),
);

/** Any request to one of the targets. */
export function anyRequest(targets: readonly Target[]): fc.Arbitrary<Sent> {
  return fc
    .record({
      target: fc.constantFrom(...targets),
      query: fc.oneof(
        { weight: 4, arbitrary: pairs.map(encoded) },
        { weight: 1, arbitrary: text.map((one) => encodeURI(one.toWellFormed())) },
      ),
      headers: fc.array(header, { maxLength: 3 }),
      body,
      cut: fc.option(fc.integer({ min: 0, max: 200 }), { freq: 8 }),
    })
    .map(({ target, query, headers, body: { type, bytes }, cut }) => {
      const has = !['GET', 'HEAD'].includes(target.method);
      const own = Object.entries(target.headers ?? {}).map(([name, one]) => `${name}: ${one}`);
      const lines = [
        `${target.method} ${`${target.path}${query ? `?${query}` : ''}`.slice(0, 6000).replace(/[^\x21-\x7e]/g, '')} HTTP/1.1`,
        `Host: localhost:${target.port}`,
        'Connection: close',
        ...own,
        ...headers
          .filter((line) => own.every((one) => one.split(':')[0] !== line.split(':')[0]))
          .map(inHeader),
        ...(has ? [`Content-Length: ${bytes.length}`, ...(type ? [`Content-Type: ${type}`] : [])] : []),
      ];
      return {
        target,
        head: `${lines.join('\r\n')}\r\n\r\n`,
        body: has ? bytes : Buffer.alloc(0),
        cut: has && cut !== null && cut < bytes.length ? cut : undefined,
      };
    });
}

/** What is tried at each target in any case: every inherited name, and JSON that is too deep. */
export function always(targets: readonly Target[]): Sent[] {
  const names = encoded(NAMES.map((name) => [name, name] as const));
  return targets.flatMap((target) => {
    const has = !['GET', 'HEAD'].includes(target.method);
    const own = Object.entries(target.headers ?? {}).map(([name, one]) => `${name}: ${one}`);
    const bodies = has
      ? ([
          [FORM, names],
          [JSON_TYPE, DEEP_JSON],
        ] as const)
      : ([[FORM, '']] as const);
    return bodies.map(([type, text]): Sent => {
      const lines = [
        `${target.method} ${target.path}?${names} HTTP/1.1`,
        `Host: localhost:${target.port}`,
        'Connection: close',
        ...own,
        ...(has ? [`Content-Type: ${type}`, `Content-Length: ${text.length}`] : []),
      ];
      return { target, head: `${lines.join('\r\n')}\r\n\r\n`, body: Buffer.from(text), cut: undefined };
    });
  });
}

/** Milliseconds within which everybody answers. */
const PATIENCE = 10_000;

/**
 * Sends it.
 *
 * @returns the status; 0 when a request that was cut off was not answered, undefined when one that was whole was not answered in time.
 */
export async function statusOf({ target, head, body: bytes, cut }: Sent): Promise<number | undefined> {
  const socket = net.connect(target.port, '127.0.0.1');
  let answer = '';
  let late = false;
  socket.setEncoding('latin1').on('data', (piece: string) => {
    if (answer.length < 100) answer += piece;
  });
  // A party may close the connection before it has read all.
  socket.on('error', () => {});
  socket.setTimeout(PATIENCE, () => {
    late = true;
    socket.destroy();
  });
  socket.write(head, 'latin1');
  if (cut === undefined) socket.write(bytes);
  else socket.end(bytes.subarray(0, cut));
  await once(socket, 'close');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
  return status === 0 && (late || cut === undefined) ? undefined : status;
}
