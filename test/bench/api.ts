import express, { type RequestHandler } from 'express';
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer';
import helmet from 'helmet';
import {
  Appointments,
  createApi,
  IssuerKeys,
  rememberTokens,
  requireScope,
  requireToken,
} from '../../shared/api/finished';
import { listenOnLoopback } from '../../shared/lib/listen';
import { startSigner } from '../support/signer';
import { type ApiBounds, apiBounds, describeApiBounds } from './api-bounds';
import { loadGenerator } from './generator';
import { median } from './numbers';
import type { Sizes } from './sizes';

const AUDIENCE = 'https://appointments.example/api';
const SCOPE = 'read:appointments';
const CONNECTIONS = 16;

/** What is measured: the same route with no guard, two guards, and the API as it ships. */
export type Subject = 'bare' | 'ours' | 'expressOauth2JwtBearer' | 'wholeApi';

export interface Ratios {
  /** Wanted: at least 0.85. */
  oursToBare: number;
  /** Wanted: at least 1.6. */
  oursToExpressOauth2JwtBearer: number;
  /** `createApi` to bare: shows that the measured route is no kinder than the one that ships. */
  wholeApiToBare: number;
}

export interface ApiBench {
  /** Requests per second, the median of the rounds. */
  perSecond: Record<Subject, number>;
  /** Of requests per second: medians of the ratios within a round, whose parts are neighbours in time. */
  ratios: Ratios;
  /** The same of requests per second of the server's CPU time: a check on the above when the machine is busy. */
  cpuRatios: Ratios;
  bounds: ApiBounds;
}

interface Figures {
  perSecond: number;
  perCpuSecond: number;
}

/**
 * Measures what token validation costs a route, for a token that was seen before. Server here, load in a process of
 * its own; the subjects take turns within every round, starting with another one each time.
 *
 * @throws Error when an answer was not 200.
 */
export async function benchApi({
  rounds: count,
  round: duration,
  warmUp,
  ...amounts
}: Sizes['api']): Promise<ApiBench> {
  const signer = await startSigner(AUDIENCE);
  const closing: (() => Promise<void>)[] = [signer.close];
  try {
    const keys = new IssuerKeys(new URL(signer.issuer));
    const handlers: Record<Subject, express.Express> = {
      bare: route([]),
      ours: route([
        requireToken(rememberTokens({ keys, audience: AUDIENCE, now: Date.now })),
        requireScope(SCOPE),
      ]),
      expressOauth2JwtBearer: route([
        auth({ issuerBaseURL: signer.issuer, audience: AUDIENCE }),
        requiredScopes(SCOPE),
      ]),
      wholeApi: createApi({ issuer: new URL(signer.issuer), audience: AUDIENCE }),
    };
    const subjects = Object.keys(handlers) as Subject[];
    const ports = {} as Record<Subject, number>;
    for (const subject of subjects) {
      const server = await listenOnLoopback(handlers[subject], { port: 0, party: subject, setting: 'none' });
      ports[subject] = server.port;
      closing.push(server.close);
    }
    const generator = loadGenerator();
    closing.push(generator.close);
    const head = `GET /appointments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${await signer.sign({ scope: SCOPE })}\r\n\r\n`;
    const measure = async (subject: Subject, duration: number): Promise<Figures> => {
      const before = process.cpuUsage();
      const seen = await generator.run({
        port: ports[subject],
        request: head,
        connections: CONNECTIONS,
        duration,
      });
      const { user, system } = process.cpuUsage(before);
      const answered = seen.statuses[200] ?? 0;
      return { perSecond: seen.perSecond, perCpuSecond: (answered * 1e6) / (user + system) };
    };

    for (const subject of subjects) await measure(subject, warmUp);
    const rounds: Record<Subject, Figures>[] = [];
    for (let i = 0; i < count; i++) {
      const round = {} as Record<Subject, Figures>;
      const turn = i % subjects.length;
      for (const subject of [...subjects.slice(turn), ...subjects.slice(0, turn)]) {
        round[subject] = await measure(subject, duration);
      }
      rounds.push(round);
    }
    return { ...summary(rounds, subjects), bounds: await apiBounds(amounts) };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** GET /appointments as the API has it, behind the given guards. */
function route(guards: RequestHandler[]): express.Express {
  const appointments = new Appointments();
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] }, useDefaults: false } }));
  app.get('/appointments', ...guards, (_req, res) => {
    res.set('Cache-Control', 'no-store');
    res.json({ appointments: appointments.of('auth0|1') });
  });
  return app;
}

function summary(rounds: Record<Subject, Figures>[], subjects: Subject[]): Omit<ApiBench, 'bounds'> {
  const ratios = (figure: keyof Figures): Ratios => {
    const ratio = (a: Subject, b: Subject) =>
      median(rounds.map((round) => round[a][figure] / round[b][figure]));
    return {
      oursToBare: ratio('ours', 'bare'),
      oursToExpressOauth2JwtBearer: ratio('ours', 'expressOauth2JwtBearer'),
      wholeApiToBare: ratio('wholeApi', 'bare'),
    };
  };
  const perSecond = {} as Record<Subject, number>;
  for (const subject of subjects) {
    perSecond[subject] = Math.round(median(rounds.map((round) => round[subject].perSecond)));
  }
  return { perSecond, ratios: ratios('perSecond'), cpuRatios: ratios('perCpuSecond') };
}

/** The figures as lines for people. */
export function describeApiBench({ perSecond, ratios, cpuRatios, bounds }: ApiBench): string[] {
  const line = (what: string, name: keyof Ratios, wanted = '') =>
    `  ${what} ${ratios[name].toFixed(2)} (by CPU time ${cpuRatios[name].toFixed(2)})${wanted}`;
  return [
    'API, requests/s for a token seen before',
    `  the route without validation     ${perSecond.bare}`,
    `  behind ours                      ${perSecond.ours}`,
    `  behind express-oauth2-jwt-bearer ${perSecond.expressOauth2JwtBearer}`,
    `  the whole API as it ships        ${perSecond.wholeApi}`,
    line('ours to none:', 'oursToBare', '; wanted: at least 0.85'),
    line('ours to express-oauth2-jwt-bearer:', 'oursToExpressOauth2JwtBearer', '; wanted: at least 1.6'),
    line('the whole API to none:', 'wholeApiToBare'),
    ...describeApiBounds(bounds),
  ];
}
