import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { expect } from 'chai';
import YAML from 'yaml';
import { z } from 'zod';
import { findPort } from '../../shared/app-runner/start-app';
import { materialise, ROOT } from '../../shared/steps/layers';
import { startTenant } from '../../shared/tenant';
import { exportProject } from '../../shared/workshop/export/project';
import { statusAt } from '../support/command';
import { patientBrowser } from '../support/patient-browser';
import { startRedis, type TestRedis } from '../support/redis';
import { ANN, temporaryFolder, USERS } from '../support/workshop';

const names = z.array(z.string());
const service = z.strictObject({
  image: z.string(),
  build: z.string().optional(),
  restart: z.literal('unless-stopped'),
  command: names.optional(),
  ports: z.array(z.string().regex(/^\d+:\d+$/)).optional(),
  network_mode: z.string().optional(),
  env_file: z.union([z.string(), names]).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({
        condition: z.enum(['service_started', 'service_healthy']),
        restart: z.boolean().optional(),
      }),
    )
    .optional(),
  volumes: names.optional(),
  read_only: z.boolean().optional(),
  tmpfs: names.optional(),
  cap_drop: names.optional(),
  security_opt: names.optional(),
  healthcheck: z
    .strictObject({ test: names, interval: z.string(), timeout: z.string(), retries: z.number() })
    .optional(),
});

/** The part of the Compose Specification that the file uses. */
const COMPOSE = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});
export type Service = z.infer<typeof service>;

/** The finished app of step 07 as a project of its own. */
export interface Exported {
  folder: string;
  read(file: string): string;
  services: Record<string, Service>;
  volumes: string[];
  /** The instructions of the Dockerfile, in order. */
  dockerfile: [instruction: string, rest: string][];
  remove(): void;
}

/** Exports it, and reads its compose.yaml. @throws ZodError where that is not a valid one. */
export function exportFinished(): Exported {
  const { folder: outside, remove } = temporaryFolder();
  const [app, folder] = [path.join(outside, 'my-app'), path.join(outside, 'exported')];
  materialise(7, app);
  exportProject(app, folder);
  const read = (file: string) => fs.readFileSync(path.join(folder, file), 'utf8');
  const { services, volumes } = COMPOSE.parse(YAML.parse(read('compose.yaml'), { merge: true }));
  const dockerfile = read('Dockerfile')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line): [string, string] => [line.split(' ')[0] ?? '', line.replace(/^\S+ /, '')]);
  return { folder, read, services, volumes: Object.keys(volumes), dockerfile, remove };
}

/** The services that run the image of the app. */
export const appsOf = ({ services }: Exported) =>
  Object.entries(services).filter(([, one]) => one.build !== undefined);

/** What a process of the image runs. */
export const commandOf = ({ dockerfile }: Exported, { command }: Service): string[] =>
  command ?? JSON.parse(dockerfile.find(([name]) => name === 'CMD')?.[1] ?? '[]');

/** The environment of a service, as Docker makes it. @param dotenv the values of .env. */
export function environmentOf(
  { dockerfile }: Exported,
  { env_file: files = [], environment = {} }: Service,
  dotenv: Record<string, string>,
): Record<string, string> {
  const ofImage = dockerfile.filter(([name]) => name === 'ENV').map(([, text]) => text);
  const own = Object.entries(environment).map(([name, value]) => [
    name,
    value.replaceAll(/\$\{(\w+)(?::\?[^}]*)?\}/g, (_, variable) => dotenv[variable] ?? ''),
  ]);
  return {
    ...(parseEnv(ofImage.join('\n')) as Record<string, string>),
    ...([files].flat().includes('.env') && dotenv),
    ...Object.fromEntries(own),
  };
}

export interface Site {
  origin: string;
  redis: TestRedis;
  /** The port of each process of the app and of the API, by the one that compose.yaml gives it. */
  ports: ReadonlyMap<string, number>;
  processes: ReadonlyMap<string, ChildProcess>;
  close(): Promise<void>;
}

/** Starts what compose.yaml starts, except for the proxy: with the same commands and settings, but on free ports. */
export async function startSite(exported: Exported): Promise<Site> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const modules = path.join(exported.folder, 'node_modules');
    if (!fs.existsSync(modules)) fs.symlinkSync(path.join(ROOT, 'node_modules'), modules, 'junction');
    const origin = `https://localhost:${await findPort(0, 'a free one')}`;
    const [, ...persistence] = exported.services.redis?.command ?? [];
    const redis = await startRedis(persistence);
    closing.push(() => redis.close());
    const { folder, remove } = temporaryFolder();
    closing.push(remove);
    // Beside the Actions that it names.
    const config = path.join(exported.folder, 'tenant-here.yaml');
    fs.writeFileSync(config, exported.read('tenant.yaml').replaceAll('http://localhost:3000', origin));
    const tenant = await startTenant({ config, users: USERS, data: path.join(folder, 'data'), env: {} });
    closing.push(() => tenant.close());

    const dotenv = {
      ...(parseEnv(exported.read('.env.example')) as Record<string, string>),
      ...tenant.settings(),
      SESSION_SECRET: 'x'.repeat(32),
      STORE_KEYS: '0f'.repeat(32),
      BASE_URL: origin,
    };
    const ports = new Map<string, number>();
    for (const [, { environment = {} }] of appsOf(exported))
      ports.set(environment.PORT ?? '', await findPort(0, 'a free one'));
    const here = (value: string) =>
      value
        .replace(/^redis:\/\/redis:6379$/, redis.url)
        .replace(/^(http:\/\/localhost:)?(\d+)$/, (all, host = '', port) =>
          ports.has(port) ? `${host}${ports.get(port)}` : all,
        );
    const processes = new Map<string, ChildProcess>();
    for (const [name, one] of appsOf(exported)) {
      const env = Object.entries(environmentOf(exported, one, dotenv)).map(([key, text]) => [
        key,
        here(text),
      ]);
      const [, ...args] = commandOf(exported, one);
      const child = spawn(process.execPath, args, {
        cwd: exported.folder,
        env: { PATH: process.env.PATH, ...Object.fromEntries(env) },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      closing.push(() => ended(child));
      processes.set(name, child);
      let words = '';
      child.stderr.on('data', (text) => {
        words += text;
      });
      const port = Number(Object.fromEntries(env).PORT);
      while ((await statusAt('127.0.0.1', port)) === undefined) {
        expect(child.exitCode, words).to.equal(null);
        await delay(10);
      }
    }
    return { origin, redis, ports, processes, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}

/** What a site must do behind a proxy that ends https and takes turns, whatever the proxy is.
 * @param authority the certificate (PEM) of the authority that the browser trusts. */
export async function tryOut({ origin, ports, processes, redis }: Site, authority: string): Promise<void> {
  const browser = patientBrowser(authority);
  const profile = () => browser.get(`${origin}/profile`, { follow: false });
  try {
    // A header that claims another host changes neither the address of the callback nor the cookie.
    const forged = { 'X-Forwarded-Host': 'attacker.example', 'X-Forwarded-Proto': 'http' };
    const login = await browser.get(`${origin}/login`, { follow: false, headers: forged });
    expect(login.status, login.body).to.equal(303);
    expect(new URL(login.headers.location ?? '').searchParams.get('redirect_uri')).to.equal(
      `${origin}/callback`,
    );
    const page = await browser.logIn(await browser.get(`${origin}/login?returnTo=/profile`), ANN);
    expect(page.url.href, page.body).to.equal(`${origin}/profile`);
    expect(page.body).to.include(ANN.email);
    // Each of the two processes, by turns, and the API.
    for (let i = 0; i < 4; i++) expect((await profile()).status).to.equal(200);
    expect((await browser.get(`${origin}/appointments`)).body).to.include('Dentist');

    // What docker stop does to one of them: the other one gets its requests.
    const one = processes.get('app-1') as ChildProcess;
    await ended(one);
    expect(await statusAt('127.0.0.1', ports.get('3001') ?? 0)).to.equal(undefined);
    for (let i = 0; i < 4; i++) expect((await profile()).status).to.equal(200);

    // Redis crashes, and comes back with what it had confirmed.
    await redis.stop('SIGKILL');
    expect((await profile()).status).to.equal(503);
    await redis.start();
    let again = await profile();
    for (const end = Date.now() + 30_000; again.status === 503 && Date.now() < end; again = await profile())
      await delay(50);
    expect(again.status).to.equal(200);
    expect(again.body).to.include(ANN.email);
  } finally {
    browser.close();
  }
}
