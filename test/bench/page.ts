import express from 'express';
import { auth } from 'express-openid-connect';
import { listenOnLoopback } from '../../shared/lib/listen';
import { removeApps, startAppInProcess } from '../support/app-in-process';
import { startFakeTenant } from '../support/fake-tenant';
import { patientBrowser } from '../support/patient-browser';
import { loadGenerator } from './generator';
import { median } from './numbers';
import type { Sizes } from './sizes';

const CONNECTIONS = 16;

export interface PageBench {
  /** Pages per second with and without a session, and the median of the rounds' ratios. */
  ours: { withSession: number; without: number; ratio: number };
  /** The same of express-openid-connect with its cookie session. */
  peer: { withSession: number; without: number; ratio: number };
}

/** What it costs a page that somebody is logged in: the very same page, with the session's cookie and without. */
export async function benchPage({ rounds, warmUp, round }: Sizes['page']): Promise<PageBench> {
  const closing: (() => Promise<void>)[] = [];
  try {
    const tenant = await startFakeTenant();
    closing.push(tenant.close);
    const app = await startAppInProcess(4, { ISSUER_BASE_URL: tenant.issuer });
    closing.push(app.close, async () => removeApps());
    const peer = express().disable('x-powered-by');
    const server = await listenOnLoopback(peer, { port: 0, party: 'The peer', setting: 'none' });
    closing.push(server.close);
    const peerOrigin = `http://localhost:${server.port}`;
    peer.use(
      auth({
        issuerBaseURL: tenant.issuer,
        baseURL: peerOrigin,
        clientID: 'app',
        clientSecret: 'appSecret0',
        secret: 'x'.repeat(32),
        authRequired: false,
        authorizationParams: { response_type: 'code', scope: 'openid profile email offline_access' },
      }),
    );
    peer.get('/', (req, res) => {
      res.send(
        `<!doctype html><title>Home</title><p>${req.oidc.isAuthenticated() ? 'logged in' : 'not logged in'}</p>`,
      );
    });
    const subjects = {
      ours: { port: Number(new URL(app.origin).port), cookie: await sessionCookie(app.origin, 'Log out') },
      peer: { port: server.port, cookie: await sessionCookie(peerOrigin, '>logged in') },
    };
    const generator = loadGenerator();
    closing.push(generator.close);
    const seen = { ours: [] as [number, number][], peer: [] as [number, number][] };
    for (let i = 0; i < rounds + warmUp; i++) {
      for (const [name, { port, cookie }] of Object.entries(subjects) as [
        'ours' | 'peer',
        { port: number; cookie: string },
      ][]) {
        const measure = async (header: string) => {
          const request = `GET / HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/html\r\n${header}\r\n`;
          return (await generator.run({ port, request, connections: CONNECTIONS, duration: round }))
            .perSecond;
        };
        const cookieHeader = `Cookie: ${cookie}\r\n`;
        // Who begins changes, and the first rounds only warm up.
        const pair: [number, number] =
          i % 2
            ? [await measure(cookieHeader), await measure('')]
            : ((await swap(measure, cookieHeader)) as [number, number]);
        if (i >= warmUp) seen[name].push(pair);
      }
    }
    const figures = (pairs: [number, number][]) => ({
      withSession: median(pairs.map(([a]) => a)),
      without: median(pairs.map(([, b]) => b)),
      ratio: median(pairs.map(([a, b]) => a / b)),
    });
    return { ours: figures(seen.ours), peer: figures(seen.peer) };
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function swap(measure: (header: string) => Promise<number>, cookie: string): Promise<number[]> {
  const without = await measure('');
  return [await measure(cookie), without];
}

/** Logs in, and makes sure that the cookie really is a session: a page that does not know it would be quick for nothing.
 * @param shows what the page shows of a login. */
export async function sessionCookie(origin: string, shows: string): Promise<string> {
  const browser = patientBrowser();
  try {
    await browser.get(`${origin}/login`);
    const home = await browser.get(`${origin}/`);
    if (home.status !== 200 || !home.body.includes(shows))
      throw new Error(`no session at ${origin}: ${home.status} ${home.body.slice(0, 200)}`);
    return await browser.cookies(origin);
  } finally {
    browser.close();
  }
}

export function describePageBench({ ours, peer }: PageBench): string[] {
  const line = (name: string, { withSession, without, ratio }: PageBench['ours']) =>
    `${name.padEnd(44)} ${withSession.toFixed(0).padStart(6)}/s  without ${without.toFixed(0).padStart(6)}/s  ratio ${ratio.toFixed(2)}`;
  return [
    line('a page with a session, ours', ours),
    line('a page with a session, express-openid-connect', peer),
  ];
}
