import type { Api } from '../api';
import { advanceClock } from '../app-runner/advance-clock';
import { AppTrouble } from '../app-runner/diagnose-crash';
import type { FireTimers } from '../app-runner/ipc-messages';
import type { AppHost } from '../app-runner/prewarmed-process';
import { type AppProcess, startApp } from '../app-runner/start-app';
import { Browser, type Page } from '../browser';
import { FaultInjector } from '../faults/inject';
import { UserError } from '../lib/user-error';
import { Recorder } from '../recorder';
import { isOwn, watchOwnSockets } from '../recorder/own-sockets';
import type { Tenant } from '../tenant';
import { preparePages } from '../tenant/pages';
import { AUDIENCE } from './audience';
import { Traces } from './check-trace';
import { Clock } from './clock';
import { DEADLINES } from './deadlines';
import type { Finding } from './diagnosis';
import { endOf, type Watched } from './explain';
import { Parties, type TenantFile } from './parties';
import { SettledBrowser } from './settled-browser';
import { ANN, type Subject } from './subject';

const SESSION_SECRET = 'only-for-checks-only-for-checks-';

/** What did not answer under a fault may answer without it, as late as a busy machine lets it. */
class Silent extends Map<string, number> {
  constructor(private readonly isFaulty: () => boolean) {
    super();
  }

  override set(what: string, ms: number): this {
    return this.isFaulty() ? this : super.set(what, ms);
  }
}

/** Tenant, API and the app under test, with everything that passes between them on record. */
export class TestEnvironment {
  /** The time of tenant and API in this run. */
  readonly clock = new Clock();
  readonly traces = new Traces(this.clock.now);
  readonly recorder = new Recorder({
    onChange: this.traces.note,
    now: this.clock.now,
    // The API runs here, and asks the tenant for its keys.
    whoAsks: ({ socket, headers }) =>
      headers['sec-fetch-mode'] !== 'navigate' && isOwn(socket) ? 'api' : undefined,
  });
  readonly apiFaults = new FaultInjector();
  readonly tenantFaults = new FaultInjector();
  /** What did not answer before. */
  readonly #silent = new Silent(() => this.apiFaults.active || this.tenantFaults.active);
  /** Seconds that the next access tokens live, in turn; when empty, an hour. */
  lifetimes: number[] = [];
  /** The user who logs in unless a check says otherwise. */
  readonly user = ANN;
  readonly #browsers: Browser[] = [];
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #interruption = new AbortController();
  #trouble: Finding | undefined;
  #app: AppProcess | undefined;
  readonly #parties: Parties;
  readonly #opened = Date.now();

  /** @param parties of several runs, already open; without them the environment has its own. */
  constructor(
    readonly subject: Subject,
    parties?: Parties,
    private readonly deadlines = DEADLINES,
  ) {
    watchOwnSockets();
    this.#parties = parties ?? new Parties(subject);
    if (parties) return;
    this.#closing.push(() => this.#parties.close());
  }

  get tenant(): Tenant {
    const { tenant } = this.#parties;
    const recent = () => tenant.events.recent().filter(({ at }) => at >= this.#opened);
    // What an earlier run left in the tenant's log explains nothing of this one.
    const subscribe = tenant.events.subscribe.bind(tenant.events);
    const events = Object.create(tenant.events, {
      recent: { value: recent },
      subscribe: { value: subscribe },
    });
    return { ...tenant, events };
  }
  get api(): Api {
    return this.#parties.api;
  }
  get app(): string {
    return this.subject.appUrl?.replace(/\/$/, '') ?? present(this.#app).origin;
  }
  /** The app that the environment started, for whoever explains its behaviour. */
  get watched(): Watched {
    const { messages } = this.recorder;
    return { app: this.#app, folder: this.subject.appFolder ?? '', messages };
  }
  /** Why no check of the app can be made: it did not start, or has ended. */
  get trouble(): Finding | undefined {
    this.#trouble ??= endOf(this.watched);
    return this.#trouble;
  }
  /** The finding of an app that is in an infinite loop. */
  infiniteLoop: Finding | undefined;
  floodReported = false;
  /** The last words of an app that the environment started. */
  get appOutput(): string {
    return this.#app?.output() ?? '';
  }

  /**
   * @param prewarmed a process that waits for the app.
   * @throws UserError when tenant.yaml has mistakes. An app that does not start is reported by `trouble`.
   */
  async open(prewarmed?: AppHost): Promise<void> {
    try {
      await this.#parties.open();
    } catch (error) {
      prewarmed?.close();
      throw error;
    }
    await this.openApp({ prewarmed });
  }

  /**
   * Starts the app.
   *
   * @param prewarmed a process that waits for it.
   * @param port where it listens; a free one by default.
   */
  async openApp({
    prewarmed,
    port = 0,
  }: {
    prewarmed?: AppHost | undefined;
    port?: number;
  } = {}): Promise<void> {
    const { subject } = this;
    this.#parties.begin(this);
    if (subject.appUrl !== undefined) return this.#untilAppAnswers();
    if (subject.appFolder === undefined || subject.step < 2) return;
    try {
      const env = { ...this.settings(), ...subject.appEnv };
      const { signal } = this.#interruption;
      const starting = startApp(subject.appFolder, {
        env,
        patience: this.deadlines.listens,
        port,
        prewarmed,
        signal,
      });
      // Meanwhile there is time.
      preparePages();
      this.#app = await starting;
    } catch (error) {
      if (!(error instanceof AppTrouble)) throw error;
      this.#trouble = error.finding;
      return;
    }
    this.#closing.push(this.#app.close);
    // The callback is known only now.
    if (port === 0) await this.#parties.reload(this.#app.origin);
  }

  /** What the app needs to know, by the names of Auth0's samples. */
  settings(): Record<string, string> {
    return { AUDIENCE, ...this.tenant.settings(), API_URL: this.api.origin, SESSION_SECRET };
  }

  browser(): Browser {
    const app = this.subject.step < 2 || this.#trouble ? undefined : this.app;
    const browser = new SettledBrowser(() => this.settle(), {
      recorder: this.recorder,
      app,
      silent: this.#silent,
      patience: this.deadlines.answers,
      now: this.clock.now,
      originsAreSites: true,
    });
    this.#browsers.push(browser);
    return browser;
  }

  /** Waits until all is here that the app has reported and written so far; not for an app that the environment did not start. */
  async settle(): Promise<void> {
    await this.#app?.synchronise();
  }

  /** Logs a user in from the app's /login and returns the page where it ends. */
  async logIn(
    browser: Browser,
    returnTo = '/profile',
    user: { email: string; password: string } = ANN,
  ): Promise<Page> {
    const first = await browser.get(`${this.app}/login?${new URLSearchParams({ returnTo })}`);
    return browser.logIn(first, user);
  }

  /** Does something once for all checks of a run, e.g. one ordinary login that many of them look at. */
  once<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.traces.once(name, work);
  }

  /** Whether the run was broken off. */
  get interrupted(): boolean {
    return this.#interruption.signal.aborted;
  }

  /** Breaks off what a check waits for: its result counts no more. */
  interrupt(): void {
    this.#interruption.abort();
    this.#app?.child.kill('SIGKILL');
  }

  /** Has the tenant another tenant.yaml while something is done. */
  withTenant<T>(edit: (config: TenantFile) => void, work: () => Promise<T>): Promise<T> {
    return this.#parties.otherwise(edit, work);
  }

  /**
   * Lets time pass for all parties, for tokens to expire: the clocks of tenant, API and app are turned on. For an app that the environment did not
   * start there is no condition but the time.
   */
  async pass(ms: number): Promise<void> {
    if (await advanceClock(this.#app?.child, ms)) return this.clock.turn(ms);
    const end = performance.now() + ms;
    while (performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, end - performance.now()));
  }

  /**
   * Ends what the app waits for by its own time limits; nothing changes for an app that the environment did not start.
   *
   * @param longest the longest of these limits, in milliseconds.
   */
  fireTimers(longest: number): void {
    if (this.#app?.child.connected)
      this.#app.child.send({ fireTimers: longest } satisfies FireTimers, () => {});
  }

  /** Whether the workshop started the app, and not the learner. */
  get startedApp(): boolean {
    return this.#app !== undefined;
  }

  /** Ends without waiting, as Ctrl-C asks for. */
  endNow(): void {
    this.interrupt();
    this.#parties.removeFiles();
  }

  /** @throws once the run is broken off, whatever the work does. */
  async unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#interruption;
    let stop = () => {};
    const broken = new Promise<never>((_, reject) => {
      stop = () => reject(new Error('The run was broken off.'));
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
    });
    return Promise.race([work, broken]).finally(() => signal.removeEventListener('abort', stop));
  }

  async close(): Promise<void> {
    this.apiFaults.clear();
    this.tenantFaults.clear();
    for (const browser of this.#browsers) browser.close();
    for (const one of this.#closing.splice(0).reverse()) await one();
  }

  async #untilAppAnswers(): Promise<void> {
    const end = Date.now() + 30_000;
    for (;;) {
      try {
        return void (await new Browser().get(`${this.app}/`));
      } catch (error) {
        if (Date.now() > end)
          throw new UserError(`Nothing answers at ${this.app} (APP_URL): ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the environment is not open');
  return value;
}
