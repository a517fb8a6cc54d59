import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import session from 'express-session';
import { type AppInProcess, appFolder, removeApps, startAppInProcess } from '../support/app-in-process';
import { startWorld, User, type World } from './attacks';

type Stored = (...words: unknown[]) => Promise<unknown>;
/** As the app's hardening/token-store.ts has it. */
interface TokenStoreModule {
  MemoryTokenStore: { prototype: Record<'put' | 'delete', Stored> };
}

/** Milliseconds that the store of sessions takes. */
const SLOW = 100;
/** The store of tokens takes longer: else it would be done while the session is being stored. */
const slowly = () => new Promise((resolve) => setTimeout(resolve, 5 * SLOW));

/** A session store whose writes take their time. */
class SlowStore extends session.MemoryStore {
  override set = (sid: string, data: session.SessionData, done?: (error?: unknown) => void) => {
    setTimeout(() => super.set(sid, data, done), SLOW);
  };
}

/** The headers alone: a browser follows a redirect as soon as they are there. */
async function headersOf(url: URL, cookie: string): Promise<http.IncomingMessage> {
  const asked = http.get(url, { headers: { cookie, accept: 'text/html' }, agent: false });
  const [answer] = (await once(asked, 'response')) as [http.IncomingMessage];
  answer.once('close', () => asked.destroy());
  answer.resume();
  return answer;
}

const cookieOf = ({ headers }: http.IncomingMessage) =>
  (headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');

describe('the app after step 04 waits for its stores, however slow:', () => {
  let world: World;
  let app: AppInProcess;
  let user: User;
  let undo: () => void = () => {};

  before(async () => {
    world = await startWorld();
    app = await startAppInProcess(4, world.env, { store: new SlowStore() });
  });
  after(async () => {
    await app?.close();
    await world?.close();
    removeApps();
  });
  beforeEach(() => {
    world.tenant.reset();
    world.faults.clear();
    user = new User(world, app.origin);
  });
  afterEach(() => {
    undo();
    undo = () => {};
    user.browser.close();
  });

  /** Makes a method of the app's token store slow. */
  function slow(name: 'put' | 'delete'): void {
    const { MemoryTokenStore } = require(
      path.join(appFolder(4), 'hardening', 'token-store'),
    ) as TokenStoreModule;
    const { prototype } = MemoryTokenStore;
    const real = prototype[name];
    prototype[name] = async function (...words) {
      await slowly();
      return real.apply(this, words);
    };
    undo = () => {
      prototype[name] = real;
    };
  }

  it('the pending login is stored when the browser is sent to the tenant', async () => {
    const login = await headersOf(new URL('/login', app.origin), '');
    const atTenant = await user.browser.get(login.headers.location ?? '', { follow: false });
    const callback = await headersOf(new URL(atTenant.headers.location ?? ''), cookieOf(login));
    expect(callback.headers.location).to.equal('/profile');
  });

  it('the session is stored when the callback is answered', async () => {
    const callback = await headersOf(await user.callback(), await user.browser.cookies(app.origin));
    expect(callback.headers.location).to.equal('/profile');
    const profile = await headersOf(new URL('/profile', app.origin), cookieOf(callback));
    expect(profile.statusCode).to.equal(200);
  });

  it('the tokens are stored when the callback is answered', async () => {
    const url = await user.callback();
    slow('put');
    const callback = await headersOf(url, await user.browser.cookies(app.origin));
    undo();
    const page = await headersOf(new URL('/appointments', app.origin), cookieOf(callback));
    expect(page.statusCode).to.equal(200);
  });

  for (const [when, make] of [
    ['the tenant refused', () => Object.assign(world.tenant, { fault: 'invalid_grant' })],
    [
      'brought another user',
      () => Object.assign(world.tenant, { idToken: (claims: object) => ({ ...claims, sub: 'user|2' }) }),
    ],
  ] as const)
    it(`the tokens are gone when a refresh that ${when} is answered`, async () => {
      const { error } = console;
      console.error = () => {};
      world.tenant.expiresIn = 0;
      await user.logIn();
      const asked = world.tenant.tokenRequests.length;
      make();
      slow('delete');
      await user.get('/appointments');
      const { headers } = await user.get('/appointments');
      console.error = error;
      expect(headers.location).to.equal('/login?returnTo=%2Fappointments');
      expect(world.tenant.tokenRequests).to.have.lengthOf(asked + 1);
    });
});
