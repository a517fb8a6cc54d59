import { once } from 'node:events';
import http from 'node:http';
import { Browser } from '../../shared/browser';
import { FaultInjector } from '../../shared/faults/inject';
import { type Listening, listenOnLoopback } from '../../shared/lib/listen';
import { type AppInProcess, removeApps, startAppInProcess } from '../support/app-in-process';
import { type FakeTenant, startFakeTenant } from '../support/fake-tenant';
import { until } from '../support/until';

/** A tenant and an API that a test can make misbehave, for apps that come and go. */
export interface World {
  tenant: FakeTenant;
  api: Listening;
  /** How the API misbehaves. */
  faults: FaultInjector;
  /** The access tokens that the API got. */
  apiTokens: (string | undefined)[];
  env: Record<string, string>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const tenant = await startFakeTenant();
  const faults = new FaultInjector();
  const apiTokens: (string | undefined)[] = [];
  const serve = faults.wrap((req, res) => {
    apiTokens.push(req.headers.authorization);
    res.setHeader('content-type', 'application/json');
    res.end(
      JSON.stringify({ appointments: [{ id: '1', title: 'Dentist', startsAt: '2027-01-01T10:00:00Z' }] }),
    );
  });
  const api = await listenOnLoopback(serve, { port: 0, party: 'The API', setting: 'none' });
  return {
    tenant,
    api,
    faults,
    apiTokens,
    env: {
      ISSUER_BASE_URL: tenant.issuer,
      AUDIENCE: 'https://api.example',
      API_URL: `http://localhost:${api.port}`,
    },
    close: async () => {
      await api.close();
      await tenant.close();
    },
  };
}

/** The page of an attacker. */
const ELSEWHERE = 'https://elsewhere.example/';

/** One user of an app, in a browser of their own. */
export class User {
  readonly browser = new Browser();

  constructor(
    private readonly world: World,
    readonly origin: string,
  ) {}

  get = (path: string | URL) =>
    this.browser.get(typeof path === 'string' ? this.origin + path : path, { follow: false });
  /** @param from the page that sends the form; by default one of the app. */
  post = (path: string, form: Record<string, string> = {}, from?: string) =>
    this.browser.post(this.origin + path, form, { follow: false, from });

  /** Begins a login and stops before the callback, whose address it returns. */
  async callback(query = ''): Promise<URL> {
    const begun = await this.get(`/login${query}`);
    const atTenant = await this.browser.get(begun.headers.location ?? '', { follow: false });
    return new URL(atTenant.headers.location ?? '');
  }

  async logIn(query = '') {
    return this.get(await this.callback(query));
  }

  /** As the app offers it: by a form, or by a link. */
  async logOut(): Promise<void> {
    if ((await this.post('/logout')).status === 404) await this.get('/logout');
  }

  async isLoggedIn(): Promise<boolean> {
    return (await this.get('/profile')).status === 200;
  }

  /** Sends a request, and returns once the tenant has been asked for tokens, or the page is there; `release` lets the tenant answer. */
  async whileTokensAreFetched(path: string | URL) {
    const release = this.world.tenant.hold();
    const asked = this.world.tenant.tokenRequests.length;
    let answered = false;
    const page = this.get(path).finally(() => {
      answered = true;
    });
    await until(() => answered || this.world.tenant.tokenRequests.length > asked);
    return { page, release };
  }
}

/** The finished app of a step for a suite, and before each test a new user and a world without faults. The app's
 * complaints are in `log`, and not in the output. */
export function appInWorld(step: number, options: Parameters<typeof startAppInProcess>[2] = {}) {
  const here = {} as { world: World; app: AppInProcess; user: User };
  const log: string[] = [];
  const realError = console.error;
  before(async () => {
    console.error = (...words: unknown[]) => log.push(words.join(' '));
    here.world = await startWorld();
    here.app = await startAppInProcess(step, here.world.env, options);
  });
  after(async () => {
    console.error = realError;
    await here.app?.close();
    await here.world?.close();
    removeApps();
  });
  beforeEach(() => {
    here.world.tenant.reset();
    here.world.faults.clear();
    here.world.apiTokens.length = 0;
    log.length = 0;
    here.user = new User(here.world, here.app.origin);
  });
  afterEach(() => here.user.browser.close());
  return Object.assign(here, { log });
}

/** Does something to an app, and returns whether it did harm. */
export type Attack = (user: User, world: World) => Promise<boolean>;

export const refuseEveryToken = (world: World) => {
  world.faults.decide = () => ({
    status: 401,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });
};

/** Milliseconds after which the app asks for the tenant's metadata again, and some more. */
const LATER = 11 * 60_000;

/** By the file of hardening/ that stops it. */
export const ATTACKS: Record<string, Attack> = {
  'headers.ts': async (user) =>
    !/frame-ancestors 'none'/.test(String((await user.get('/')).headers['content-security-policy'])),

  'no-path.ts': async (user) => {
    const asked = http.request({ port: new URL(user.origin).port, method: 'OPTIONS', path: '*' }).end();
    const [answer] = (await once(asked, 'response')) as [http.IncomingMessage];
    answer.resume();
    return Number(answer.statusCode) >= 500;
  },

  'cross-site.ts': async (user) => {
    await user.logIn();
    await user.browser.get(`${user.origin}/logout`, { from: ELSEWHERE });
    await user.post('/logout', {}, ELSEWHERE);
    return !(await user.isLoggedIn());
  },

  'doubled-callback.ts': async (user, { tenant }) => {
    const url = await user.callback();
    const pages = await Promise.all([user.get(url), user.get(url)]);
    return tenant.tokenRequests.length > 1 || pages.some(({ status }) => status >= 400);
  },

  'final-logout.ts': async (user) => {
    const { page, release } = await user.whileTokensAreFetched(await user.callback());
    await user.logOut();
    release();
    await page;
    return user.isLoggedIn();
  },

  'last-known.ts': async (user, { tenant }) => {
    await user.logIn();
    tenant.down = true;
    const now = Date.now;
    Date.now = () => now() + LATER;
    try {
      return (await user.get('/login')).status >= 400;
    } finally {
      Date.now = now;
    }
  },

  'login-flood.ts': async (user) => {
    const oldest = await user.callback();
    for (let i = 0; i < 10; i++) await user.get('/login');
    return (await user.get(oldest)).status < 400;
  },

  'no-store.ts': async (user) => {
    await user.logIn();
    return (await user.get('/profile')).headers['cache-control'] !== 'no-store';
  },

  'return-to.ts': async (user) => {
    const { headers } = await user.logIn(`?returnTo=${encodeURIComponent('//evil.example')}`);
    return new URL(headers.location ?? '', user.origin).origin !== user.origin;
  },

  'tenant-failures.ts': async (user, { tenant }) => {
    tenant.fault = 'status 500';
    return ![502, 503].includes((await user.logIn()).status);
  },

  'login-loop.ts': async (user, world) => {
    refuseEveryToken(world);
    for (let logins = 0; logins < 5; logins++) {
      const page = await user.get('/appointments');
      if (![302, 303].includes(page.status)) return false;
      await user.logIn();
    }
    return true;
  },

  'token-store.ts': async (user, { tenant, apiTokens }) => {
    tenant.expiresIn = 0;
    await user.logIn();
    const { page, release } = await user.whileTokensAreFetched('/appointments');
    await user.logOut();
    const before = apiTokens.length;
    release();
    await page;
    return apiTokens.length > before;
  },
};

/** Attacks and faults against which no single file stands: auth.ts, session.ts and tokens.ts stop them. */
export const CORE_ATTACKS: Record<string, Attack> = {
  'a session identifier planted before the login': async (user) => {
    const url = await user.callback();
    const headers = { cookie: await user.browser.cookies(user.origin) };
    await user.get(url);
    const attacker = new Browser();
    const page = await attacker.get(`${user.origin}/profile`, { follow: false, headers });
    attacker.close();
    return page.status === 200;
  },

  'the code of another login': async (user, world) => {
    const own = await user.callback();
    const attacker = new User(world, user.origin);
    const url = await attacker.callback();
    attacker.browser.close();
    url.searchParams.set('state', own.searchParams.get('state') ?? '');
    await user.get(url);
    return user.isLoggedIn();
  },

  'an ID token with a forged signature': async (user, { tenant }) => {
    tenant.forgeSignature = true;
    await user.logIn();
    return user.isLoggedIn();
  },

  'logins in two tabs': async (user) => {
    const urls = [await user.callback(), await user.callback()];
    for (const url of urls) if ((await user.get(url)).status >= 400) return true;
    return false;
  },

  'twenty requests at once after the access token has expired': async (user, { tenant }) => {
    await user.logIn();
    const now = Date.now;
    Date.now = () => now() + 2 * tenant.expiresIn * 1000;
    try {
      const pages = await Promise.all(Array.from({ length: 20 }, () => user.get('/appointments')));
      return pages.some(({ status }) => status !== 200);
    } finally {
      Date.now = now;
    }
  },
};

/** A world for all tests of a suite: it starts and closes with the suite, and the apps' errors are not printed. */
export function attackedWorld() {
  let world: World;
  const realError = console.error;
  before(async () => {
    console.error = () => {};
    world = await startWorld();
  });
  after(async () => {
    console.error = realError;
    await world?.close();
    removeApps();
  });
  /** Acts as a new user of an app, in a world without faults. */
  const withUser = async <T>(
    app: AppInProcess,
    act: (user: User, world: World) => Promise<T>,
  ): Promise<T> => {
    world.tenant.reset();
    world.faults.clear();
    world.apiTokens.length = 0;
    const user = new User(world, app.origin);
    try {
      return await act(user, world);
    } finally {
      user.browser.close();
    }
  };
  return {
    env: () => world.env,
    withUser,
    /** The names of the attacks that do harm to an app. */
    harmed: async (app: AppInProcess, attacks: Record<string, Attack>): Promise<string[]> => {
      const names: string[] = [];
      for (const [name, attack] of Object.entries(attacks)) if (await withUser(app, attack)) names.push(name);
      return names;
    },
  };
}
