import { receiveMessageOnPort } from 'node:worker_threads';
import type { Answer, Question } from '../protocol';
import { mustBeText } from './arguments';
import { plain, settings } from './running';

type Options = Record<string, unknown> | undefined;

/** `api.redirect.encodeToken`: a signed token for the other page. */
export function encodeToken(options: Options, event: Record<string, unknown>): unknown {
  const { secret, expiresInSeconds = 900, payload = {} } = options ?? {};
  mustBeText(secret, 'the option secret (api.redirect.encodeToken)');
  if (!Number.isFinite(expiresInSeconds) || Number(expiresInSeconds) <= 0)
    throw new TypeError('the option expiresInSeconds (api.redirect.encodeToken) must be a number above 0');
  const { user, request } = event as { user: { user_id: string }; request: { hostname: string; ip: string } };
  const own = { iss: request.hostname, sub: user.user_id, ip: request.ip };
  const [claims] = plain([payload], 'api.redirect.encodeToken');
  return answerTo({
    ask: 'encodeToken',
    secret: String(secret),
    expiresInSeconds: Number(expiresInSeconds),
    payload: { ...own, ...(claims as object) },
  });
}

/** `api.redirect.validateToken`: what the other page signed with the shared secret.
 * @throws Error in Auth0's words: "The session token is invalid: …". */
export function validateToken(options: Options, event: Record<string, unknown>): unknown {
  const { secret, tokenParameterName = 'session_token' } = options ?? {};
  mustBeText(secret, 'the option secret (api.redirect.validateToken)');
  const { query, body } = event.request as Record<'query' | 'body', Record<string, unknown>>;
  const name = String(tokenParameterName);
  const token = of(body, name) ?? of(query, name);
  if (typeof token !== 'string' || token === '') throw invalid(`there is no parameter ${name}`);
  let payload: Record<string, unknown>;
  try {
    payload = answerTo({ ask: 'validateToken', secret: String(secret), token }) as typeof payload;
  } catch (error) {
    throw invalid((error as Error).message);
  }
  if (payload.state !== query.state) throw invalid('State in the token does not match the /continue state.');
  return payload;
}

/** The script chooses the name. (This folder cannot import lib/own.) */
const of = (table: Record<string, unknown>, name: string): unknown =>
  Object.hasOwn(table, name) ? table[name] : undefined;

const invalid = (why: string) => new Error(`The session token is invalid: ${why}`);

/** Blocks until the tenant has answered: these functions are synchronous, and signing is not. */
function answerTo(question: Question): unknown {
  const flag = new Int32Array(settings.signal, 0, 1);
  Atomics.store(flag, 0, 0);
  settings.questions.postMessage(question);
  Atomics.wait(flag, 0, 0);
  const answer = receiveMessageOnPort(settings.questions)?.message as Answer;
  if ('error' in answer) throw new Error(answer.error);
  return answer.value;
}
