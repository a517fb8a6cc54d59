import type http from 'node:http';
import { SENDER } from './sender-header';
import { type Party, party } from './types';

/** Takes the sender's name out of a request, so that neither the server nor a recording has the header. */
export function takeSender(req: http.IncomingMessage): Party | undefined {
  const { rawHeaders } = req;
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === SENDER);
  if (at < 0) return undefined;
  const [, name] = rawHeaders.splice(at, 2);
  delete req.headers[SENDER];
  return party.safeParse(name).data;
}
