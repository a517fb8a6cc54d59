import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startApi } from '../../shared/api';
import type { Browser, Page } from '../../shared/browser';
import { listenOnLoopback } from '../../shared/lib/listen';
import { reverseProxy } from '../../shared/lib/reverse-proxy';
import { startTenant } from '../../shared/tenant';
import { patientBrowser } from '../support/patient-browser';
import { ANN, sharedKeys, USERS } from '../support/workshop';
import { type AppProcess, type StoreName, withApp } from './app-process';
import type { Sizes } from './sizes';
import { SlowTokens } from './slow-tokens';

/** Seconds: as in the checks. */
const [LOCK, TOKEN_REQUEST] = [2, 1];
/** Milliseconds that the token endpoint takes before it does its work, and again afterwards, while a process is killed. */
const PAUSE = 300;
/** Milliseconds after which a session that still has no answer counts as half dead. */
const PATIENCE = 20_000;

/** Twenty storms and twenty kills, or as many as the size says, with one store. */
export interface Shared {
  storms: number;
  /** Of all storms: refreshes sent, requests failed, sessions lost; wanted: one for each storm, 0, 0. */
  sent: number;
  failed: number;
  lost: number;
  kills: number;
  /** What became of the sessions: wanted is that none is half dead. */
  lived: number;
  clean: number;
  halfDead: number;
}

export interface ProcessesBench {
  requests: number;
  stores: Record<string, Shared>;
}

/** Two processes of the app behind a proxy, with the real tenant and the real API. */
export async function benchProcesses({
  requests,
  storms,
  kills,
}: Sizes['processes']): Promise<ProcessesBench> {
  return withApp(['embedded', 'redis'], async ({ folder, stores, start }) => {
    const seen: Record<string, Shared> = {};
    for (const [name, url] of stores)
      await withPair(folder, { name, url, start }, async (pair) => {
        const found = { storms, sent: 0, failed: 0, lost: 0, kills, lived: 0, clean: 0, halfDead: 0 };
        for (let i = 0; i < storms; i++) {
          const { sent, failed, lost } = await storm(pair, requests);
          found.sent += sent;
          found.failed += failed;
          found.lost += lost;
        }
        // From the arrival of the request at the tenant until after its answer, and what the app does then.
        for (let i = 0; i < kills; i++) found[await kill(pair, (2.3 * PAUSE * (i + 0.5)) / kills)] += 1;
        seen[name] = found;
      });
    return { requests, stores: seen };
  });
}

interface Pair {
  origin: string;
  proxy: ReturnType<typeof reverseProxy>;
  slow: SlowTokens;
  /** Refreshes that the tenant has got. */
  refreshes(): number;
  /** Ends the first process with SIGKILL, and starts it again. */
  crash(): Promise<void>;
}

async function withPair(
  folder: string,
  { name, url, start }: { name: StoreName; url: string; start: StartApp },
  work: (pair: Pair) => Promise<void>,
): Promise<void> {
  const closing: (() => unknown)[] = [];
  try {
    const processes: AppProcess[] = [];
    const proxy = reverseProxy({ targets: () => processes.map(({ port }) => `http://127.0.0.1:${port}`) });
    const front = await listenOnLoopback(proxy.handler, { port: 0, party: 'The proxy', setting: 'none' });
    closing.push(front.close, () => proxy.close());
    const origin = `http://localhost:${front.port}`;
    // Beside the Actions that it names.
    const config = path.join(folder, `tenant-${name}.yaml`);
    const yaml = fs.readFileSync(path.join(folder, 'tenant.yaml'), 'utf8');
    fs.writeFileSync(config, yaml.replaceAll('http://localhost:3000', origin));
    const data = path.join(folder, `data-${name}`);
    await sharedKeys(data);
    const slow = new SlowTokens();
    const tenant = await startTenant({
      config,
      users: USERS,
      data,
      env: {},
      wrap: slow.wrap,
      accessTokenLifetime: (seconds, { grant_type }) => (grant_type === 'refresh_token' ? seconds : 1),
    });
    closing.push(() => tenant.close());
    let refreshes = 0;
    tenant.events.subscribe((event) => {
      if ('grant_type' in event && event.grant_type === 'refresh_token') refreshes += 1;
    });
    const settings = tenant.settings();
    const api = await startApi({ issuer: new URL(tenant.issuer), audience: settings.AUDIENCE ?? '' });
    closing.push(() => api.close());
    const env = {
      ...settings,
      API_URL: api.origin,
      BASE_URL: origin,
      STORE_URL: url,
      LOCK_SECONDS: String(LOCK),
      TOKEN_REQUEST_SECONDS: String(TOKEN_REQUEST),
    };
    for (let i = 0; i < 2; i++) processes.push(await start(env));
    const crash = async () => {
      const [first] = processes;
      await first?.kill();
      processes[0] = await start(env, first?.port);
    };
    await work({ origin, proxy, slow, refreshes: () => refreshes, crash });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

type StartApp = (env: Record<string, string>, port?: number) => Promise<AppProcess>;

/** Parallel requests over both processes, on one session whose access token has expired. */
async function storm(pair: Pair, requests: number) {
  return withLogin(pair, async (get) => {
    const before = pair.refreshes();
    const pages = await Promise.all(Array.from({ length: requests }, get));
    return {
      sent: pair.refreshes() - before,
      failed: pages.filter(({ status }) => status !== 200).length,
      lost: (await get()).status === 200 ? 0 : 1,
    };
  });
}

/** Kills the process that refreshes. @param after milliseconds since the tenant got its request. */
async function kill(pair: Pair, after: number): Promise<'lived' | 'clean' | 'halfDead'> {
  return withLogin(pair, async (get, browser) => {
    const { proxy, slow, origin } = pair;
    slow.pause = PAUSE;
    proxy.route = 0;
    const arrival = slow.arrival();
    const cutOff = get();
    await arrival;
    await delay(after);
    const crashed = pair.crash();
    await cutOff;
    slow.pause = 0;
    await crashed;
    const found = new Set<string>();
    for (const route of [1, 0]) {
      proxy.route = route;
      found.add(await fateOf(get));
    }
    proxy.route = 'both';
    const [fate] = found;
    if (found.size === 1 && fate === 'lived') return 'lived';
    if (found.size > 1 || fate !== 'login') return 'halfDead';
    await browser.logIn(await browser.get(`${origin}/login?returnTo=/profile`), ANN);
    return (await get()).status === 200 ? 'clean' : 'halfDead';
  });
}

/** What a session is to its user, once no answer asks for patience any more. */
async function fateOf(get: () => Promise<Page>): Promise<'lived' | 'login' | 'other'> {
  const end = Date.now() + PATIENCE;
  let page = await get();
  while (page.status === 503 && Date.now() < end) {
    await delay(100);
    page = await get();
  }
  if (page.status === 200) return 'lived';
  return page.status === 303 && page.headers.location?.startsWith('/login') ? 'login' : 'other';
}

async function withLogin<T>(
  { origin }: Pair,
  work: (get: () => Promise<Page>, browser: Browser) => Promise<T>,
): Promise<T> {
  const browser = patientBrowser();
  try {
    await browser.logIn(await browser.get(`${origin}/login?returnTo=/profile`), ANN);
    const expired = Date.now() + 1000;
    while (Date.now() < expired) await delay(expired - Date.now());
    return await work(() => browser.get(`${origin}/appointments`, { follow: false }), browser);
  } finally {
    browser.close();
  }
}

export function describeProcesses({ requests, stores }: ProcessesBench): string[] {
  const lines = Object.entries(stores).flatMap(([name, one]) => [
    `${name}: ${one.storms} storms of ${requests} requests over two processes: ${one.sent} refreshes sent, ${one.failed} requests failed, ${one.lost} sessions lost  (wanted: ${one.storms}, 0, 0)`,
    `${name}: ${one.kills} times SIGKILL for the process that refreshes: ${one.lived} sessions lived, ${one.clean} ended in a login, ${one.halfDead} half dead  (wanted: 0 half dead)`,
  ]);
  if (!('redis' in stores))
    lines.push('Redis is left out: neither redis-server nor valkey-server is installed');
  return lines;
}
