import { AppTrouble } from '../../app-runner/diagnose-crash';
import type { AppProcess } from '../../app-runner/start-app';
import type { Finding } from '../../lib/finding';
import { type Listening, listenOnLoopback } from '../../lib/listen';
import { RELAYED_HEADERS } from '../../lib/relay';
import { type Route, reverseProxy } from '../../lib/reverse-proxy';
import type { Recorder } from '../../recorder';
import type { LocalHttps } from '../../tenant/https/authority';
import { Diagnosis } from '../diagnosis';
import { endOf } from '../explain';
import { Program } from '../program';
import { type Index, Processes, type ProcessOptions } from './processes';
import type { RedisStore, RunStore } from './store';

export interface SiteParts extends Omit<ProcessOptions, 'env'> {
  /** The settings of the app, apart from those of its address. */
  env: Record<string, string>;
  store: RunStore;
  /** The certificate, where the proxy ends https. */
  tls: LocalHttps | undefined;
  recorder: Recorder;
}

/** An app as it runs in production: two processes that share a store, behind a reverse proxy. */
export class Site {
  /** The two processes, which look like one to explanations. */
  readonly app: Processes;
  readonly program: Program;
  #trouble: Finding | undefined;
  /** Whether a process has other settings than the site. */
  #isOther = false;

  private constructor(
    private readonly parts: SiteParts,
    private readonly proxy: ReturnType<typeof reverseProxy>,
    private readonly front: Listening,
    processes: (origin: string) => Processes,
  ) {
    this.origin = `${parts.tls ? 'https' : 'http'}://localhost:${front.port}`;
    this.app = processes(this.origin);
    const { folder, recorder } = parts;
    this.program = new Program(
      () => ({ app: this.app, folder, messages: recorder.messages }),
      () => this.trouble,
    );
  }

  /** The address at which browsers reach it. */
  readonly origin: string;

  /** Starts proxy and processes. `trouble` reports an app that does not start. */
  static async start(parts: SiteParts): Promise<Site> {
    let site: Site | undefined;
    const { recorder, tls } = parts;
    const proxy = reverseProxy({
      targets: () => site?.app.addresses ?? [],
      onForward: (req, index) => {
        if (site) site.app.asked = index;
        recorder.note(req, { process: index + 1 });
      },
    });
    const front = await listenOnLoopback(recorder.wrap('app', 'browser')(proxy.handler), {
      port: 0,
      party: 'The proxy of the checks',
      setting: 'a free one',
      tls,
      maxHeaderSize: RELAYED_HEADERS,
    });
    site = new Site(parts, proxy, front, (origin) => {
      const env = { ...parts.env, BASE_URL: origin };
      return new Processes(origin, { ...parts, env });
    });
    await site.#reporting(() => site.app.startAll());
    return site;
  }

  /** Why no check of it can run: it did not start, or a process has ended by itself. */
  get trouble(): Finding | undefined {
    const { fallen } = this.app;
    this.#trouble ??= endOf({ app: fallen, folder: this.parts.folder });
    return this.#trouble;
  }

  /** Those that run. */
  get processes(): readonly AppProcess[] {
    return this.app.running;
  }

  /** Whether the store is in a file of this machine, or a Redis. */
  get store(): 'embedded' | 'redis' {
    return this.redis ? 'redis' : 'embedded';
  }

  /** The file of the embedded store; undefined with Redis. */
  get file(): string | undefined {
    return this.parts.store.file;
  }

  /** Lets Redis go away and come back; undefined with the embedded store. */
  get redis(): RedisStore | undefined {
    return this.parts.store.redis;
  }

  /** The keys of the store, as STORE_KEYS names them. */
  get keys(): string {
    return this.parts.env.STORE_KEYS ?? '';
  }

  /** All bytes that the store holds: its files, or what went over the connections to Redis. */
  stored(): Promise<Buffer> {
    return this.parts.store.bytes();
  }

  /** Sends the next requests to both processes in turn, or to one of them. */
  readonly route = (to: Route): void => {
    this.proxy.route = to;
  };

  /** Lets what the browser writes into X-Forwarded headers reach the app while some work is done, as a careless proxy. */
  async asCareless<T>(work: () => Promise<T>): Promise<T> {
    this.proxy.careless = true;
    return work().finally(() => {
      this.proxy.careless = false;
    });
  }

  /** Ends both processes in good order, and starts them again. @throws Diagnosis when one does not start. */
  async restart(): Promise<void> {
    await this.app.close();
    await this.#started(() => this.app.startAll());
  }

  /** Ends one process with SIGKILL. */
  kill(index: Index): Promise<void> {
    return this.app.kill(index);
  }

  /** Starts a process that was killed. @throws Diagnosis when it does not start. */
  async start(index: Index): Promise<void> {
    await this.#started(() => this.app.start(index));
  }

  /** Runs the first process alone with other settings while some work is done, on the same store.
   * @throws Diagnosis when it does not start. */
  async another<T>(env: Record<string, string>, work: () => Promise<T>): Promise<T> {
    this.#isOther = true;
    this.route(0);
    await this.app.end(0);
    await this.#started(() => this.app.start(0, env));
    return work().finally(() => this.route('both'));
  }

  /** Makes it as it was at first, for the next check. */
  async tidy(): Promise<void> {
    this.route('both');
    this.proxy.careless = false;
    this.redis?.comeBack();
    if (this.trouble) return;
    if (this.#isOther) await this.app.end(0);
    this.#isOther = false;
    await this.#started(() => this.app.startAll());
  }

  async close(): Promise<void> {
    this.proxy.close();
    await this.front.close();
    await this.app.close();
    await this.parts.store.close();
  }

  async #started(work: () => Promise<void>): Promise<void> {
    await this.#reporting(work);
    if (this.trouble) throw new Diagnosis(this.trouble);
  }

  async #reporting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof AppTrouble)) throw error;
      this.#trouble = error.finding;
    }
  }
}
