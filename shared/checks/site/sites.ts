import fs from 'node:fs';
import path from 'node:path';
import { workFolder } from '../../lib/places';
import { localHttps } from '../../tenant/https/authority';
import { redisStore, redisUrl } from './redis';
import { Site, type SiteParts } from './site';
import { embeddedStore, type RunStore } from './store';

export interface SiteOptions {
  /** Whether the proxy ends https. Default: false. */
  https?: boolean;
  /** Settings of the app that differ from those of the run. */
  env?: Record<string, string>;
}

interface Parts extends Omit<SiteParts, 'tls' | 'store' | 'env'> {
  /** The settings of the app in this run. */
  settings: () => Record<string, string>;
  /** Settings of a mistake: they override all others. */
  appEnv: Record<string, string> | undefined;
  /** The folder of the stores of this run. */
  stores: string;
}

/** The sites of one run: each is started when a check asks for it first, and serves all checks that ask for the same. */
export class Sites {
  readonly #started = new Map<string, Promise<Site>>();
  /** Those that are there, also for one that ends them at once. */
  readonly #open = new Set<Site>();
  #authority: string | undefined;

  constructor(private readonly parts: () => Parts) {}

  /** The certificate of the authority that browsers of a site with https must trust. */
  get authority(): string | undefined {
    return this.#authority;
  }

  get all(): Iterable<Site> {
    return this.#open;
  }

  get(options: SiteOptions): Promise<Site> {
    const { https = false, env = {} } = options;
    const key = JSON.stringify([https, Object.entries(env).sort()]);
    const site = this.#started.get(key) ?? this.#start(https, env, String(this.#started.size));
    this.#started.set(key, site);
    return site;
  }

  killAll(): void {
    for (const { app } of this.#open) app.killAll();
  }

  async close(): Promise<void> {
    // One that is being started is closed when it has started.
    await Promise.allSettled([...this.#started.values()].map(async (site) => (await site).close()));
    this.#started.clear();
    this.#open.clear();
  }

  async #start(https: boolean, env: Record<string, string>, name: string): Promise<Site> {
    const { settings, appEnv, stores, ...parts } = this.parts();
    const url = redisUrl();
    const store: RunStore =
      url === undefined ? embeddedStore(path.join(stores, name)) : await redisStore(url);
    const tls = https ? await this.#tls() : undefined;
    const site = await Site.start({
      ...parts,
      env: { ...settings(), STORE_URL: store.url, ...env, ...appEnv },
      store,
      tls,
    });
    this.#open.add(site);
    return site;
  }

  /** All runs share the authority of the checks: to make one takes as long as a start. */
  async #tls() {
    const folder = path.join(workFolder(), 'keys-of-checks');
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const tls = await localHttps(folder);
    this.#authority = fs.readFileSync(tls.authorityFile, 'utf8');
    return tls;
  }
}
