import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import request from 'supertest';
import { createApi } from '../../shared/api/finished';
import { type Signer, startSigner } from '../support/signer';
import type { Sizes } from './sizes';

const AUDIENCE = 'https://appointments.example/api';

/** What strangers and many users cost the API. */
export interface ApiBounds {
  /** Requests for the keys that a flood of unknown kids causes, in one cool-down. Wanted: at most 1. */
  fetches: number;
  /** Megabytes of heap after a quarter of the users, and after all. */
  heap: [quarter: number, all: number];
}

/** Sends tokens of unknown keys, then tokens of many users, each with their own appointments. */
export async function apiBounds({
  unknownKids,
  users,
}: Pick<Sizes['api'], 'unknownKids' | 'users'>): Promise<ApiBounds> {
  const signer = await startSigner(AUDIENCE);
  try {
    // The cool-down begins with the first fetch: the flood comes after it.
    let now = Date.now();
    const api = createApi({ issuer: new URL(signer.issuer), audience: AUDIENCE, now: () => now });
    const server = api.listen(0, '127.0.0.1');
    try {
      const get = async (token: string) =>
        (await request(server).get('/appointments').set('Authorization', `Bearer ${token}`)).status;
      await expectStatus(200, await get(await signer.sign()));
      now += 5000;
      const before = signer.fetches();
      for (let i = 0; i < unknownKids; i++)
        await expectStatus(401, await get(await signer.sign({}, { kid: `unknown-${i}` })));
      const fetches = signer.fetches() - before;
      const quarter = await heapAfter(0, users / 4, signer, get);
      const all = await heapAfter(users / 4, users, signer, get);
      return { fetches, heap: [quarter, all] };
    } finally {
      server.close();
      server.closeAllConnections();
    }
  } finally {
    await signer.close();
  }
}

async function heapAfter(
  from: number,
  to: number,
  signer: Signer,
  get: (token: string) => Promise<number>,
): Promise<number> {
  for (let i = from; i < to; i++)
    await expectStatus(200, await get(await signer.sign({ sub: `auth0|${i}` })));
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

async function expectStatus(wanted: number, status: number): Promise<void> {
  if (status !== wanted) throw new Error(`the API answered ${status}, not ${wanted}`);
}

/** The figures as lines for people. */
export const describeApiBounds = ({ fetches, heap: [quarter, all] }: ApiBounds): string[] => [
  `  requests for the keys in a flood of unknown kids: ${fetches}; wanted: at most 1`,
  `  heap after a quarter of the users, and after all: ${quarter.toFixed(1)}, ${all.toFixed(1)} MB (${(all / quarter).toFixed(2)}); wanted: about 1`,
];
