import type http from 'node:http';
import { SENDER } from './sender-header';
import { type Party, party } from './types';

/** Who sent a request, and for the app which of its processes, if several run. */
export interface Sender {
  from: Party;
  process: number | undefined;
}

/** Takes the sender's name out of a request, so that neither the server nor a recording has the header. */
export function takeSender(req: http.IncomingMessage): Sender | undefined {
  const { rawHeaders } = req;
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === SENDER);
  if (at < 0) return undefined;
  const [, value = ''] = rawHeaders.splice(at, 2);
  delete req.headers[SENDER];
  const [, name, process] = /^([a-z]+)(?: ([1-9]\d?))?$/.exec(value) ?? [];
  const from = party.safeParse(name).data;
  return from && { from, process: process === undefined ? undefined : Number(process) };
}
