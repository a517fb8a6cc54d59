import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api';
import { advanceClock } from '../app-runner/ask-agent';
import { AppTrouble } from '../app-runner/diagnose-crash';
import type { FireTimers } from '../app-runner/ipc-messages';
import { STEP_OF_API } from '../app-runner/own-api';
import type { AppHost } from '../app-runner/prewarmed-process';
import { type AppProcess, startApp } from '../app-runner/start-app';
import { STEP_OF_STORES } from '../app-runner/stores';
import { API } from '../app-runner/types';
import { Browser, type Page } from '../browser';
import { FaultInjector } from '../faults/inject';
import { rmSync } from '../lib/held';
import { UserError } from '../lib/user-error';
import { Recorder } from '../recorder';
import { isOwn, watchOwnSockets } from '../recorder/own-sockets';
import type { Tenant } from '../tenant';
import { isOfFiles } from '../tenant/events';
import { preparePages } from '../tenant/pages';
import { ApiUnderTest, isFinishedApi, servesOwnApi } from './api-under-test';
import { type ApiAnswer, type ApiRequest, askApi } from './ask-api';
import { AUDIENCE } from './audience';
import { Traces } from './check-trace';
import { Clock } from './clock';
import { DEADLINES } from './deadlines';
import { type Finding, NotApplicable } from './diagnosis';
import { endOf, type Watched } from './explain';
import { Parties, present, type TenantFile } from './parties';
import { Program } from './program';
import { Processes } from './site/processes';
import { redisUrl } from './site/redis';
import { storeSettings } from './site/settings';
import type { Site } from './site/site';
import { type SiteOptions, Sites } from './site/sites';
import { ANN, type Subject } from './subject';
import { watchedOver } from './supervise';

const SESSION_SECRET = 'only-for-checks-only-for-checks-';

/** An address that did not answer under a fault may answer without it, after the full wait of a busy machine. */
class Silent extends Map<string, number> {
  constructor(private readonly isFaulty: () => boolean) {
    super();
  }

  override set(what: string, ms: number): this {
    return this.isFaulty() ? this : super.set(what, ms);
  }
}

/** How a run starts what its checks look at. */
interface Prepared {
  /** A process for what starts first: the app, or from step 06 on the learner's API. */
  prewarmed?: AppHost | undefined;
  /** The app's port; 0, the default, takes a free one. */
  port?: number | undefined;
}

/** Tenant, API and the app under test, with a record of all messages between them. */
export class TestEnvironment {
  /** The time of tenant and API in this run. */
  readonly clock = new Clock();
  readonly traces = new Traces(this.clock.now);
  readonly recorder = new Recorder({
    onChange: this.traces.note,
    now: this.clock.now,
    // The workshop's API runs in this process, and asks the tenant for its keys. One that runs elsewhere is its only
    // other caller, unless an app runs elsewhere too; the learner's names itself.
    whoAsks: ({ socket, headers }) =>
      headers['sec-fetch-mode'] !== 'navigate' && (isOwn(socket) || this.#onlyApiElsewhere)
        ? 'api'
        : undefined,
  });
  readonly apiFaults = new FaultInjector();
  readonly tenantFaults = new FaultInjector();
  /** Addresses that did not answer. */
  readonly #silent = new Silent(() => this.apiFaults.active || this.tenantFaults.active);
  /** Lifetimes of the next access tokens in seconds, in turn; when empty, an hour. */
  lifetimes: number[] = [];
  /** The user who logs in unless a check says otherwise. */
  readonly user = ANN;
  readonly #browsers: Browser[] = [];
  readonly #closing: (() => Promise<void>)[] = [];
  readonly #interruption = new AbortController();
  #trouble: Finding | undefined;
  #app: AppProcess | undefined;
  /** What the app starts with when a check needs it. */
  #prepared: Prepared = {};
  #starting: Promise<void> | undefined;
  #startingApi: Promise<void> | undefined;
  /** What a check of the present looks at in place of the app. */
  #site: Site | undefined;
  readonly #sites = new Sites(() => ({
    folder: this.subject.appFolder ?? '',
    settings: () => this.settings(),
    appEnv: this.subject.appEnv,
    patience: this.deadlines.listens,
    prewarmed: this.#prepared.prewarmed,
    signal: this.#interruption.signal,
    ahead: () => this.clock.ahead,
    recorder: this.recorder,
    stores: this.#stores,
  }));
  readonly #agent = new http.Agent({ keepAlive: true });
  /** The learner's API; undefined where the workshop's serves. */
  readonly ownApi: ApiUnderTest | undefined;
  readonly programs = {
    app: new Program(
      () => this.watched,
      () => this.trouble,
    ),
    api: new Program(
      () => ({
        kind: API,
        app: undefined,
        folder: '',
        ...this.ownApi?.watched,
        messages: this.recorder.messages,
      }),
      () => this.apiTrouble,
    ),
    /** For checks of the tenant, and those that start a program themselves: what the app does explains a failure. */
    none: new Program(
      () => this.watched,
      () => undefined,
    ),
  };
  readonly #parties: Parties;
  /** The folder of the stores of this run. */
  readonly #stores: string;
  readonly #opened = Date.now();

  /** @param parties of several runs, already open; without them the environment has its own. */
  constructor(
    readonly subject: Subject,
    parties?: Parties,
    private readonly deadlines = DEADLINES,
  ) {
    watchOwnSockets();
    this.#parties = parties ?? new Parties(subject);
    if (!parties) this.#closing.push(() => this.#parties.close());
    this.#stores = this.#parties.folderOfRun();
    if (!servesOwnApi(subject)) return;
    this.ownApi = new ApiUnderTest(subject, {
      deadlines,
      signal: this.#interruption.signal,
      settings: () => this.settings(),
    });
    this.#closing.push(this.ownApi.close.bind(this.ownApi));
  }

  get #onlyApiElsewhere(): boolean {
    return this.subject.apiUrl !== undefined && this.subject.appUrl === undefined;
  }

  get tenant(): Tenant {
    const { tenant } = this.#parties;
    const { readAt } = this.#parties;
    // Events of an earlier run explain nothing in this one, except what was found in the files.
    const recent = () =>
      tenant.events.recent().filter((event) => event.at >= (isOfFiles(event) ? readAt : this.#opened));
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
    return this.#site?.origin ?? this.subject.appUrl?.replace(/\/$/, '') ?? present(this.#app).origin;
  }
  /** The app that the environment started, for explanations. */
  get watched(): Watched {
    const { messages } = this.recorder;
    return { app: this.#current, folder: this.subject.appFolder ?? '', messages };
  }
  /** Why no check of the learner's API can run: it did not start, or has ended. */
  get apiTrouble(): Finding | undefined {
    return this.ownApi?.trouble;
  }
  /** Why no check of the app can run: it did not start, or has ended. */
  get trouble(): Finding | undefined {
    if (this.#site) return this.#site.trouble;
    this.#trouble ??= endOf(this.watched);
    return this.#trouble;
  }
  /** The finding of an app that is in an infinite loop. */
  get infiniteLoop(): Finding | undefined {
    return this.programs.app.infiniteLoop;
  }
  /** The last output of an app that the environment started. */
  get appOutput(): string {
    return this.#current?.output() ?? '';
  }
  /** What a check looks at: the app, or the processes of a site. */
  get #current(): AppProcess | undefined {
    return this.#site?.app ?? this.#app;
  }

  /** @throws UserError when tenant.yaml has mistakes. `trouble` reports an app that does not start. */
  async open(prewarmed?: AppHost): Promise<void> {
    try {
      await this.#parties.open();
    } catch (error) {
      prewarmed?.close();
      throw error;
    }
    await this.begin({ prewarmed });
  }

  /** Begins a run of open parties: starts the app and the learner's API. From step 06 on only the API: see `startApp`. */
  async begin(prepared: Prepared = {}): Promise<void> {
    this.#parties.begin(this);
    if (this.subject.step >= STEP_OF_STORES) {
      // A wrong address is no fault of the app: it is refused before the first check.
      redisUrl();
      this.#prepared = prepared;
      const { apiUrl, appFolder } = this.subject;
      // The workshop's API runs the same files.
      if (apiUrl !== undefined || !isFinishedApi(appFolder)) await this.startApi();
      return;
    }
    if (this.subject.step >= STEP_OF_API) {
      this.#prepared = { port: prepared.port };
      await this.startApi(prepared.prewarmed);
      return;
    }
    this.#prepared = prepared;
    await Promise.all([this.startApi(), this.startApp()]);
  }

  /** Starts the learner's API, if there is one and it was not started. A check that asks it calls this first. */
  startApi(prewarmed?: AppHost): Promise<void> {
    this.#startingApi ??= this.ownApi?.start(prewarmed) ?? Promise.resolve();
    return this.#startingApi;
  }

  /** The learner's API, once it serves in place of the workshop's. */
  get servingApi(): ApiUnderTest | undefined {
    return this.#startingApi && this.ownApi;
  }

  /** Starts the app, unless it was started. A check that needs it calls this first. */
  startApp(): Promise<void> {
    this.#starting ??= this.openApp(this.#prepared);
    return this.#starting;
  }

  /** Starts an app in place of the one before, which goes on. */
  async openApp({ prewarmed, port = 0 }: Prepared = {}): Promise<void> {
    const { subject } = this;
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
      // Compiled while the app starts.
      preparePages();
      this.#app = await starting;
    } catch (error) {
      if (!(error instanceof AppTrouble)) throw error;
      this.#trouble = error.finding;
      return;
    }
    this.#closing.push(this.#app.close);
    if (this.clock.ahead > 0) await advanceClock(this.#app.child, this.clock.ahead);
    // The callback of a free port is known only now.
    this.#parties.allowCallback(this.#app.origin);
  }

  /**
   * Starts another process of the app for some work, which sees it in place of the first one: an app that does something only
   * at its start does it again. Both have the same settings apart from their port.
   *
   * @param work finds the other app's `trouble` if it does not start.
   */
  async withAnotherApp<T>(work: () => Promise<T>): Promise<T> {
    const app = present(this.#app);
    const trouble = this.#trouble;
    try {
      await this.openApp();
      return await work();
    } finally {
      if (this.#app !== app) await this.#app?.close();
      this.#app = app;
      this.#trouble = trouble;
      this.#parties.allowCallback(app.origin);
    }
  }

  /**
   * Runs the app as a site for some work: as two processes behind a reverse proxy, with a store. The checks of a run share
   * the sites, one for each set of options. During the work, `app`, `browser()` and everything else concern the site.
   *
   * @throws NotApplicable for an app that runs elsewhere. Diagnosis when the site does not start, a process of it ends by
   * itself, or the work fails.
   */
  async withSite<T>(options: SiteOptions, work: (site: Site) => Promise<T>): Promise<T> {
    if (this.subject.appUrl !== undefined)
      throw new NotApplicable('only an app that the workshop starts can run as two processes with a store');
    const site = await this.#sites.get(options);
    const before = this.#site;
    this.#site = site;
    if (!site.trouble) this.#parties.allowCallback(site.origin);
    try {
      return await watchedOver(site.program, () => work(site));
    } finally {
      await site.tidy().finally(() => {
        this.#site = before;
        const now = before ?? this.#app;
        if (now) this.#parties.allowCallback(now.origin);
      });
    }
  }

  /** Starts another process of the learner's API for some work, in which it serves in place of the first one: what it
   * does only at its start, it does again. Usable in every run that started the API.
   * @param tenantDown whether the tenant breaks each connection from the start on, until `tenantFaults.clear()`.
   * @throws Diagnosis when it does not start, or ends. NotApplicable for an API that runs elsewhere. */
  async withAnotherApi<T>(work: () => Promise<T>, { tenantDown = false } = {}): Promise<T> {
    const { ownApi } = this;
    if (!ownApi || !this.startedApi)
      throw new NotApplicable('only an API that the workshop starts can be started a second time');
    if (!tenantDown) return ownApi.another(work);
    this.tenantFaults.decide = () => 'reset';
    return ownApi.another(work).finally(() => this.tenantFaults.clear());
  }

  /** Sends the API a request as a program does: nothing is added to it, and it follows no redirect.
   * @param path with its query. */
  async ask(path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    const how = { agent: this.#agent, ms: this.deadlines.answers };
    const answer = await askApi(new URL(path, this.api.origin), request, how);
    await this.settle();
    return answer;
  }

  /** The tenant's private keys, for tokens that only a tenant can issue: the one that signs comes first. */
  signingKeys(): ReturnType<Parties['signingKeys']> {
    return this.#parties.signingKeys();
  }

  /** The app's settings, by the names of Auth0's samples. */
  settings(): Record<string, string> {
    const settings = { AUDIENCE, ...this.tenant.settings(), API_URL: this.api.origin, SESSION_SECRET };
    return this.subject.step < STEP_OF_STORES ? settings : { ...settings, ...storeSettings(this.#stores) };
  }

  browser(): Browser {
    const { appUrl } = this.subject;
    const app = this.#trouble ? undefined : (appUrl?.replace(/\/$/, '') ?? this.#app?.origin);
    const browser = new Browser({
      recorder: this.recorder,
      // The proxy of a site records what it gets.
      app: this.#site ? undefined : app,
      authority: this.#sites.authority,
      silent: this.#silent,
      patience: this.deadlines.answers,
      now: this.clock.now,
      originsAreSites: true,
      // Pages arrive together with what the app reported and wrote for them, however slow those channels are.
      settle: () => this.settle(),
    });
    this.#browsers.push(browser);
    return browser;
  }

  /** Waits until the app's reports and output so far have arrived; not for an app that runs elsewhere. */
  async settle(): Promise<void> {
    await Promise.all([this.#current?.synchronise(), this.ownApi?.synchronise()]);
  }

  /** Logs a user in from the app's /login; returns the last page. */
  async logIn(
    browser: Browser,
    returnTo = '/profile',
    user: { email: string; password: string } = ANN,
  ): Promise<Page> {
    const first = await browser.get(`${this.app}/login?${new URLSearchParams({ returnTo })}`);
    return browser.logIn(first, user);
  }

  /** Does something once for all checks of a run, such as the login that many of them look at. */
  once<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.traces.once(name, work);
  }

  get interrupted(): boolean {
    return this.#interruption.signal.aborted;
  }

  /** Ends what a check waits for; its result is ignored. */
  interrupt(): void {
    this.#interruption.abort();
    this.#app?.child.kill('SIGKILL');
    this.#sites.killAll();
    this.ownApi?.kill();
  }

  /** Edits tenant.yaml while some work is done. */
  withTenant<T>(edit: (config: TenantFile) => void, work: () => Promise<T>): Promise<T> {
    return this.#parties.withTenant(edit, work);
  }

  /** Advances the clocks of tenant, API and app, so that tokens expire. Waits for one that runs elsewhere. */
  async pass(ms: number): Promise<void> {
    const { appUrl, apiUrl } = this.subject;
    if (appUrl !== undefined || apiUrl !== undefined) return delay(ms);
    const advanced = await Promise.all([
      this.#app === undefined || advanceClock(this.#app.child, ms),
      ...[...this.#sites.all].map(({ app }) => app.advance(ms)),
      this.ownApi === undefined || this.ownApi.advance(ms),
    ]);
    if (advanced.every(Boolean)) return this.clock.advance(ms);
    await delay(ms);
  }

  /** Ends the timers of the app, or of the learner's API, of at most so many milliseconds; does nothing for one that
   * runs elsewhere. */
  fireTimers(longest: number, of: 'app' | 'api' = 'app'): void {
    const { app } = this.programs[of].watched;
    for (const { child } of app instanceof Processes ? app.running : app ? [app] : [])
      if (child.connected) child.send({ fireTimers: longest } satisfies FireTimers, () => {});
  }

  /** Whether the workshop started the learner's API. */
  get startedApi(): boolean {
    return this.ownApi?.watched.app !== undefined;
  }

  /** What a run has started first: the learner's API, or the app, which may be a site. */
  started(what: 'app' | 'api'): Program {
    const [site] = this.#sites.all;
    return what === 'app' && site ? site.program : this.programs[what];
  }

  /** Whether the workshop started the app. */
  get startedApp(): boolean {
    return this.#app !== undefined;
  }

  /** Whether a check may use `withAnotherApp`. */
  get startsAgain(): boolean {
    return this.startedApp && this.subject.startsAgain !== false;
  }

  /** Ends without waiting, as Ctrl-C wants. */
  endNow(): void {
    this.interrupt();
    this.#parties.removeFiles();
  }

  /** @throws once the run is interrupted, whatever the work does. */
  async unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#interruption;
    let stop = () => {};
    const interrupted = new Promise<never>((_, reject) => {
      stop = () => reject(new Error('The run was interrupted.'));
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
    });
    return Promise.race([work, interrupted]).finally(() => signal.removeEventListener('abort', stop));
  }

  async close(): Promise<void> {
    this.apiFaults.clear();
    this.tenantFaults.clear();
    for (const browser of this.#browsers) browser.close();
    this.#agent.destroy();
    await this.#sites.close();
    rmSync(this.#stores, { recursive: true, force: true });
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
        await delay(200);
      }
    }
  }
}
