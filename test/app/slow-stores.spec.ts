import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import session from 'express-session';
import { appFolder } from '../support/app-in-process';
import { appInWorld } from './attacks';

type Stored = (...words: unknown[]) => Promise<unknown>;
/** As the app's hardening/token-store.ts has it. */
interface TokenStoreModule {
  MemoryTokenStore: { prototype: Record<'put' | 'delete', Stored> };
}

/** Milliseconds that the store of sessions takes. */
const SLOW = 100;
/** In short steps, of which a busy machine stretches each: an answer that did not wait still arrives before the end. */
async function slowly(ms: number): Promise<void> {
  for (let i = 0; i < ms; i += 5) await delay(5);
}

/** A session store whose writes take their time. */
class SlowStore extends session.MemoryStore {
  override set = (sid: string, data: session.SessionData, done?: (error?: unknown) => void) => {
    void slowly(SLOW).then(() => super.set(sid, data, done));
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
  const here = appInWorld(4, { store: new SlowStore() });
  let undo: () => void = () => {};
  afterEach(() => {
    undo();
    undo = () => {};
  });

  /** Makes a method of the app's token store slow. */
  function slow(name: 'put' | 'delete'): void {
    const { MemoryTokenStore } = require(
      path.join(appFolder(4), 'hardening', 'token-store'),
    ) as TokenStoreModule;
    const { prototype } = MemoryTokenStore;
    const real = prototype[name];
    prototype[name] = async function (...words) {
      // Longer than the session's: else it would be done while that is being stored.
      await slowly(5 * SLOW);
      return real.apply(this, words);
    };
    undo = () => {
      prototype[name] = real;
    };
  }

  it('the pending login is stored when the browser is sent to the tenant', async () => {
    const login = await headersOf(new URL('/login', here.app.origin), '');
    const atTenant = await here.user.browser.get(login.headers.location ?? '', { follow: false });
    const callback = await headersOf(new URL(atTenant.headers.location ?? ''), cookieOf(login));
    expect(callback.headers.location).to.equal('/profile');
  });

  it('the session is stored when the callback is answered', async () => {
    const callback = await headersOf(
      await here.user.callback(),
      await here.user.browser.cookies(here.app.origin),
    );
    expect(callback.headers.location).to.equal('/profile');
    const profile = await headersOf(new URL('/profile', here.app.origin), cookieOf(callback));
    expect(profile.statusCode).to.equal(200);
  });

  it('the tokens are stored when the callback is answered', async () => {
    const url = await here.user.callback();
    slow('put');
    const callback = await headersOf(url, await here.user.browser.cookies(here.app.origin));
    undo();
    const page = await headersOf(new URL('/appointments', here.app.origin), cookieOf(callback));
    expect(page.statusCode).to.equal(200);
  });

  for (const [when, make] of [
    ['the tenant refused', () => Object.assign(here.world.tenant, { fault: 'invalid_grant' })],
    [
      'brought another user',
      () => Object.assign(here.world.tenant, { idToken: (claims: object) => ({ ...claims, sub: 'user|2' }) }),
    ],
  ] as const)
    it(`the tokens are gone when a refresh that ${when} is answered`, async () => {
      const { error } = console;
      console.error = () => {};
      here.world.tenant.expiresIn = 0;
      await here.user.logIn();
      const asked = here.world.tenant.tokenRequests.length;
      make();
      slow('delete');
      await here.user.get('/appointments');
      const { headers } = await here.user.get('/appointments');
      console.error = error;
      expect(headers.location).to.equal('/login?returnTo=%2Fappointments');
      expect(here.world.tenant.tokenRequests).to.have.lengthOf(asked + 1);
    });
});
